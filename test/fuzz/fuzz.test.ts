import test from 'ava';
import { fuzz } from './fuzz.js';

test('10,000 requests and messages with mistakes in them leave the server and its other guest unharmed', async (t) => {
  t.timeout(120_000);
  const { sent, faults } = await fuzz(100, 1, 10_000);
  t.deepEqual(faults, []);
  t.true(sent >= 10_000);
});
