import test from 'ava';
import { Budget } from '../../core/session/budget.js';
import { Loop } from '../../core/session/loop.js';
import type { Receiver } from '../../core/session/receiver.js';
import { Round } from '../../core/session/round.js';

interface Turn {
  readonly guest: string;
  readonly budget: number;
  readonly spin: number;
}

/** A channel of a guest that has so many turns' work, and leaves `behind` requests each time but the last. */
function channel(turns: Turn[], guest: string, round: Round, work: number, behind: number): Receiver {
  const state = {
    session: { round }, entered: false, patience: 50, channel: { budget: 0, behind: 0, stopped: true },
    turn(spin: number): boolean {
      turns.push({ guest, budget: state.channel.budget, spin });
      work--;
      state.channel.behind = work > 0 ? behind : 0;
      return work > 0;
    },
  };
  return state as unknown as Receiver;
}

/** Enters all channels from within the first one's turn, so that all are there for the next one. */
function together(loop: Loop, [first, ...others]: Receiver[]): void {
  const turn = first!.turn.bind(first);
  first!.turn = (spin) => {
    for (const other of others.splice(0)) loop.enter(other);
    return turn(spin);
  };
  loop.enter(first!);
}

const drained = async (receivers: Receiver[]): Promise<void> => {
  while (receivers.some(({ entered }) => entered)) await new Promise(setImmediate);
};

test('guests have turns, however many channels they keep busy', async (t) => {
  const turns: Turn[] = [];
  const flood = new Round();
  const receivers = [...Array.from({ length: 5 }, () => channel(turns, 'flood', flood, 100, 8)), channel(turns, 'light', new Round(), 100, 0)];
  together(new Loop(), receivers);
  await drained(receivers);
  t.is(turns.length, 600);
  const both = turns.slice(1, 199).map(({ guest }) => guest);
  t.deepEqual(both, both.map((_, i) => (i % 2 === 0 ? 'light' : 'flood')));
});

test('guests have turns where each of them outlasts the time there is for all', async (t) => {
  const turns: Turn[] = [];
  const receivers = ['flood', 'light'].map((name) => channel(turns, name, new Round(), 20, 8));
  for (const receiver of receivers) {
    const turn = receiver.turn.bind(receiver);
    receiver.turn = (spin) => {
      for (const end = performance.now() + 0.5; performance.now() < end;);
      return turn(spin);
    };
  }
  together(new Loop(), receivers);
  await drained(receivers);
  t.deepEqual(turns.map(({ guest }) => guest), turns.map((_, i) => (i % 2 === 0 ? 'flood' : 'light')));
});

test('each channel of a guest has its turn', async (t) => {
  const turns: Turn[] = [];
  const round = new Round();
  const receivers = ['a', 'b', 'c'].map((name, i) => channel(turns, name, round, 2 + i, 8));
  together(new Loop(), receivers);
  await drained(receivers);
  t.deepEqual(turns.map(({ guest }) => guest).join(''), 'abcabcbcc');
});

test('turns are short, and watches are slices, only while there is another guest', async (t) => {
  const turns: Turn[] = [];
  const receivers = [channel(turns, 'flood', new Round(), 50, 100), channel(turns, 'light', new Round(), 10, 1)];
  together(new Loop(), receivers);
  await drained(receivers);
  t.deepEqual(turns[0], { guest: 'flood', budget: 0, spin: 50 });
  const last = turns.findLastIndex(({ guest }) => guest === 'light');
  t.true(turns.slice(1, last).every(({ budget, spin }) => budget === 4 && spin === 4));
  t.true(turns.slice(last + 1).every(({ budget, spin }) => budget === 0 && spin === 50));
});

test('turns grow while all guests have much to do', (t) => {
  const budget = new Budget();
  for (let i = 0; i < 5; i++) budget.left(100, 2);
  t.is(budget.cost, 16);
  for (let i = 0; i < 100; i++) budget.left(100, 2);
  t.is(budget.cost, 64);
  budget.left(3, 2);
  t.is(budget.cost, 4);
});
