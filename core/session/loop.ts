import { Budget } from './budget.js';
import type { Receiver } from './receiver.js';
import type { Round } from './round.js';

/** Milliseconds taken in one go before other work of the event loop gets its own, kicks of channels that sleep among it. */
const RUN = 0.4;
/** Turns between two looks at the clock. */
const TURNS = 8;
/** Microseconds that one of several channels is watched before the next one has its turn. */
const SLICE = 4;

/**
 * The channels of this thread that have work, or had some a moment ago and are watched for more. Guests have turns, however
 * many channels each of them keeps busy, and short ones while there are several: what one of them floods its channels with
 * delays another one's request by little, and a channel's watch by no more than a slice.
 */
export class Loop {
  /** Of the guests that have a channel here. */
  private readonly rounds: Round[] = [];
  private readonly budget = new Budget();
  private channels = 0;
  /** Whose turn it is, of `rounds`: kept from run to run, so that none is had twice where one ends. */
  private at = 0;
  private running = false;
  private later = false;

  /** Answers what waits in `receiver` and what comes while it is watched; to be called again when it wakes this thread. */
  enter(receiver: Receiver): void {
    if (!receiver.entered) {
      receiver.entered = true;
      const { round } = receiver.session;
      if (round.receivers.push(receiver) === 1) this.rounds.push(round);
      this.channels++;
    }
    if (!this.running && !this.later) this.run();
  }

  private run(): void {
    const { rounds, budget } = this;
    this.running = true;
    const end = performance.now() + RUN;
    for (let turn = 1; rounds.length > 0; turn++) {
      if (this.at >= rounds.length) this.at = 0;
      const round = rounds[this.at]!;
      const receiver = round.next();
      const { channel } = receiver;
      const several = rounds.length > 1;
      channel.budget = several ? budget.cost : 0;
      const stays = receiver.turn(this.channels === 1 ? receiver.patience : Math.min(receiver.patience, SLICE));
      if (several) budget.left(channel.behind, rounds.length);
      round.had(stays);
      receiver.entered = stays;
      if (!stays) this.channels--;
      if (round.receivers.length > 0) this.at++;
      else this.leave(this.at);
      if ((turn % TURNS === 0 || channel.stopped) && performance.now() >= end) break;
    }
    this.running = false;
    if (rounds.length === 0) return;
    this.later = true;
    setImmediate(() => {
      this.later = false;
      this.run();
    });
  }

  private leave(at: number): void {
    this.rounds.copyWithin(at, at + 1);
    this.rounds.pop();
  }
}

export const loop = new Loop();
