import test from 'ava';
import { Pace } from '../../transports/virtiofs/pace.js';
import { Guest } from './front-end.js';
import { device } from './guests.js';

test('32 broken devices in a row are forgiven, then one each 40 ms', (t) => {
  const pace = new Pace();
  for (let i = 0; i < 32; i++) t.is(pace.broke(1000), 0);
  t.is(pace.broke(1000), 40);
  t.is(pace.broke(1000), 80);
  t.is(pace.broke(1080), 40);
  t.is(pace.broke(1080 + 33 * 40), 0);
});

test('a guest that breaks its queue again and again is kept waiting for the next one', async (t) => {
  const { socket } = await device(t, { use: 'memory' });
  const started = performance.now();
  for (let i = 0; i < 40; i++) {
    const guest = new Guest(socket);
    await guest.start();
    guest.ring.offer(0xffff);
    guest.kick();
    // An answer to this comes after the kick was seen.
    await guest.frontEnd.ask(1);
    guest.close();
  }
  t.true(performance.now() - started >= 200);
});
