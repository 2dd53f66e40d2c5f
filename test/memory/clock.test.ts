import test from 'ava';
import { Clock } from '../../plugins/memory/clock.js';

test('the clock keeps to the time of day and never runs back', (t) => {
  const clock = new Clock();
  let last = 0;
  for (let i = 0; i < 200_000; i++) {
    const before = Date.now();
    clock.read();
    const now = clock.seconds * 1000 + clock.nanoseconds / 1e6;
    t.true(Number.isInteger(clock.nanoseconds) && clock.nanoseconds >= 0 && clock.nanoseconds < 1e9);
    if (now < last || now < before - 0.001 || now >= Date.now() + 1.001) t.fail(`${now} after ${last}, at ${before}`);
    last = now;
  }
});
