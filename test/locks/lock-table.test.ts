import test from 'ava';
import fc from 'fast-check';
import { Done, Errno, LockType } from '../../index.js';
import { LockTable } from '../../core/locks/lock-table.js';
import type { Lock, LockOwner } from '../../core/locks/range.js';

const session = {};
const owner = (low: number, of: object = session): LockOwner => ({ session: of, low, high: 0 });
const lock = (low: number, type: LockType.READ | LockType.WRITE, start: number, end: number, handle = 1): Lock => ({ owner: owner(low), type, start, end, pid: low, handle });
const never = new AbortController().signal;

test('readers share, a writer is alone', (t) => {
  const table = new LockTable();
  t.is(table.take(5, lock(1, LockType.READ, 0, 9)), Done);
  t.is(table.take(5, lock(2, LockType.READ, 5, Infinity)), Done);
  t.is(table.take(5, lock(3, LockType.WRITE, 9, 9)), Errno.EAGAIN);
  t.is(table.take(6, lock(3, LockType.WRITE, 9, 9)), Done);
  t.like(table.test(5, lock(3, LockType.WRITE, 20, 30)), { pid: 2, start: 5, end: Infinity });
});

test('every byte is as a model of single bytes has it, whatever is locked and unlocked', (t) => {
  const byte = fc.nat(15);
  const step = fc.record({ low: fc.integer({ min: 1, max: 3 }), type: fc.constantFrom(LockType.READ, LockType.WRITE, LockType.UNLOCK), a: byte, b: byte });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const table = new LockTable();
    const model = Array.from({ length: 16 }, () => new Map<number, LockType>());
    for (const { low, type, a, b } of steps) {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const bytes = model.slice(start, end + 1);
      if (type === LockType.UNLOCK) {
        table.drop(1, owner(low), start, end);
        for (const held of bytes) held.delete(low);
        continue;
      }
      const free = bytes.every((held) => [...held].every(([other, kind]) => other === low || (kind === LockType.READ && type === LockType.READ)));
      t.is(table.take(1, lock(low, type, start, end)), free ? Done : Errno.EAGAIN);
      if (free) for (const held of bytes) held.set(low, type);
    }
    model.forEach((held, at) => {
      const writable = table.test(1, lock(9, LockType.WRITE, at, at)) === undefined;
      const readable = table.test(1, lock(9, LockType.READ, at, at)) === undefined;
      t.deepEqual([writable, readable], [held.size === 0, ![...held.values()].includes(LockType.WRITE)]);
    });
  }), { numRuns: 500 });
});

test('who waits gets the lock when it is free, in order of arrival', async (t) => {
  const table = new LockTable();
  table.take(1, lock(1, LockType.WRITE, 0, Infinity));
  const order: number[] = [];
  const waits = [2, 3].map((low) => Promise.resolve(table.wait(1, lock(low, LockType.WRITE, 0, 0), never)).then((result) => (order.push(low), result)));
  table.drop(1, owner(1));
  t.is(await waits[0], Done);
  t.deepEqual(order, [2]);
  table.drop(1, owner(2));
  t.is(await waits[1], Done);
});

test('an interrupted wait is EINTR and leaves nothing behind', async (t) => {
  const table = new LockTable();
  table.take(1, lock(1, LockType.WRITE, 0, 0));
  const interrupt = new AbortController();
  const waiting = table.wait(1, lock(2, LockType.WRITE, 0, 0), interrupt.signal);
  interrupt.abort();
  t.is(await waiting, Errno.EINTR);
  table.drop(1, owner(1));
  t.is(table.size, 0);
});

test('locks go with their handle and with their session', (t) => {
  const table = new LockTable();
  const other = {};
  table.take(1, lock(1, LockType.WRITE, 0, 9, 7));
  table.take(1, { ...lock(1, LockType.WRITE, 20, 29, 8), owner: owner(1, other) });
  table.dropHandle(1, session, 7);
  t.is(table.test(1, lock(2, LockType.WRITE, 0, 9)), undefined);
  table.dropSession(other);
  t.is(table.size, 0);
});

test('a wait that would wait for itself is EDEADLK, over several owners and nodes', async (t) => {
  const table = new LockTable();
  for (const low of [1, 2, 3]) table.take(low, lock(low, LockType.WRITE, 0, 9));
  const first = table.wait(2, lock(1, LockType.WRITE, 5, 5), never);
  const second = table.wait(3, lock(2, LockType.READ, 0, 0), never);
  t.is(table.wait(1, lock(3, LockType.READ, 0, 0), never), Errno.EDEADLK);
  table.drop(3, owner(3));
  t.is(await second, Done);
  table.drop(2, owner(2));
  t.is(await first, Done);
});

test('GETLK tells the lock that Linux would tell: owners as they came, theirs by offset', (t) => {
  const table = new LockTable();
  table.take(1, lock(1, LockType.WRITE, 10, 19));
  table.take(1, lock(2, LockType.WRITE, 0, 4));
  table.take(1, lock(1, LockType.READ, 5, 8));
  t.like(table.test(1, lock(3, LockType.WRITE, 0, Infinity)), { pid: 1, start: 5, end: 8 });
  table.drop(1, owner(1));
  t.like(table.test(1, lock(3, LockType.WRITE, 0, Infinity)), { pid: 2, start: 0, end: 4 });
});

test('flock gives up the old lock for the new one, so that two readers who want to write do not wait for ever', async (t) => {
  const table = new LockTable('flock');
  table.take(1, lock(1, LockType.READ, 0, Infinity));
  table.take(1, lock(2, LockType.READ, 0, Infinity));
  const first = table.wait(1, lock(1, LockType.WRITE, 0, Infinity), never);
  t.is(table.take(1, lock(2, LockType.WRITE, 0, Infinity)), Errno.EAGAIN);
  t.is(await first, Done);
});
