import test from 'ava';
import { soak } from './soak.js';

test('20,000 requests of 8 guests on 4 shares, some of them killed, and every byte is there', async (t) => {
  t.timeout(120_000);
  const { requests, killed, faults } = await soak({ seconds: 100, requests: 20_000, seed: 3 });
  t.deepEqual(faults, []);
  t.true(requests >= 20_000);
  t.true(killed > 0);
});
