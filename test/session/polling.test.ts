import test from 'ava';
import { Polling } from '../../core/session/polling.js';

/** Of `count` wake-ups, how many are watched; `finds` says whether the one of that number brings a request. */
function watched(count: number, finds: (watch: number) => boolean): number {
  const polling = new Polling(50);
  let watches = 0;
  for (let i = 0; i < count; i++) {
    if (polling.next() === 0) continue;
    if (finds(watches++)) polling.hit();
    else polling.miss();
  }
  return watches;
}

test('what always finds a request is always watched, and what never does hardly ever', (t) => {
  t.is(watched(1000, () => true), 1000);
  t.true(watched(10_000, () => false) < 10_000 / 50);
  t.is(new Polling(0).next(), 0);
});

test('a request now and then does not pay for the watches that find none', (t) => {
  t.true(watched(10_000, (watch) => watch % 10 === 0) < 10_000 / 10);
});

test('more hits than misses keep it watched', (t) => {
  t.true(watched(1000, (watch) => watch % 3 > 0) > 990);
});
