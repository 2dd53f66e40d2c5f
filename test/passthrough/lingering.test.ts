import fs from 'node:fs';
import { mock } from 'node:test';
import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Lingering } from '../../plugins/passthrough/lingering.js';
import { text } from '../session/client.js';
import { Guest, root } from './guest.js';

const { O_CREAT, O_RDWR } = fs.constants;

const TERM = 10_000;
const MOST = 1 << 14;
const NUMBERS = 1 << 15;

/** What became of nodes: those dropped so far. */
function lingering(): { nodes: Lingering; dropped: number[] } {
  const dropped: number[] = [];
  return { nodes: new Lingering((node) => dropped.push(node)), dropped };
}

test.serial('a node lingers for a while, and one that is asked for again stays', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { nodes, dropped } = lingering();
  for (const node of [2, 3, 4]) t.true(nodes.add(node));
  t.true(nodes.add(2), 'twice is once, from the second time on');
  nodes.take(3);
  t.deepEqual([2, 3, 4].map((node) => nodes.has(node)), [true, false, true]);
  mock.timers.tick(TERM - 1);
  nodes.add(5);
  t.deepEqual(dropped, []);
  mock.timers.tick(1);
  nodes.add(6);
  mock.timers.tick(TERM);
  t.deepEqual(dropped, [4, 2, 5]);
  t.false(nodes.has(2));
  mock.timers.tick(TERM);
  t.deepEqual(dropped, [4, 2, 5, 6]);
});

test('what has lost its last name does not linger, but its number may later', (t) => {
  const { nodes, dropped } = lingering();
  nodes.add(2);
  for (const node of [2, 3]) nodes.doom(node);
  t.deepEqual([2, 3, NUMBERS].map((node) => nodes.has(node)), [false, false, false]);
  t.false(nodes.add(2));
  nodes.take(3);
  t.true(nodes.add(2));
  t.true(nodes.add(3));
  t.deepEqual(dropped, []);
  nodes.close();
  t.false(nodes.add(4), 'nor when all is over');
});

test('no more linger than there is room for, and none whose number is high', (t) => {
  const { nodes, dropped } = lingering();
  t.false(nodes.add(NUMBERS));
  for (let node = 2; node < MOST + 12; node++) nodes.add(node);
  t.deepEqual(dropped, Array.from({ length: 10 }, (_, i) => i + 2), 'first in, first out');
  nodes.take(20);
  nodes.add(20);
  t.is(dropped.length, 11);
  t.true(nodes.has(20));
  nodes.close();
});

// One after the other: fds of this process are counted.
const handles = root ? test.serial : test.skip;

handles(`a file that is asked for again at once is the same node, until it is replaced on the host${root ? '' : ' (needs root)'}`, (t) =>
  Guest.visit(t, {}, async (guest) => {
    const file = `${guest.dir}/file`;
    fs.writeFileSync(file, 'old');
    // Old enough to be told from what takes its number.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const first = await guest.lookup(1, 'file');
    await guest.forget(first.node);
    t.is(guest.nodes.live, 0);
    const again = await guest.lookup(1, 'file');
    t.is(again.node, first.node);
    fs.appendFileSync(file, 'er');
    t.is((await guest.getattr(again.node)).size, 5);
    await guest.forget(again.node);
    fs.rmSync(file);
    fs.writeFileSync(file, 'another');
    const another = await guest.lookup(1, 'file');
    t.not(another.node, first.node);
    t.is((await guest.getattr(another.node)).size, 7);
  }));

handles(`a file that was removed while it was open is gone when it is forgotten${root ? '' : ' (needs root)'}`, (t) =>
  Guest.visit(t, {}, async (guest) => {
    const { entry, handle } = await guest.create(1, 'file', O_RDWR | O_CREAT);
    await guest.error(Opcode.UNLINK, 1, text('file'));
    t.is(await guest.release(entry.node, handle), 0);
    await guest.forget(entry.node);
    t.is(guest.nodes.allocate(), entry.node % 2 ** 32, 'its number is free');
  }));

handles(`a forgotten node holds no fd while it lingers${root ? '' : ' (needs root)'}`, (t) =>
  Guest.visit(t, {}, async (guest) => {
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    fs.writeFileSync(`${guest.dir}/file`, '');
    const before = open();
    const { node } = await guest.lookup(1, 'file');
    await guest.getattr(node);
    t.is(open(), before + 1);
    await guest.forget(node);
    t.is(open(), before);
  }));
