import fs from 'node:fs';
import os from 'node:os';
import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Guest } from './guest.js';

/** Entries; FUSEWIRE_ENTRIES=1000000 is the full scale, for which a run takes minutes. */
const ENTRIES = Number(process.env['FUSEWIRE_ENTRIES'] ?? 20_000);

for (const place of [os.tmpdir(), '/dev/shm']) {
  for (const plus of [false, true]) {
    test.serial(`${plus ? 'READDIRPLUS' : 'READDIR'} lists what stays exactly once while others come and go (${place})`, (t) => {
      t.timeout(3_600_000);
      return Guest.visit(t, {}, async (guest) => {
        for (let i = 0; i < ENTRIES; i++) fs.writeFileSync(`${guest.dir}/${i % 2 === 0 ? 'stays' : 'goes'}-${i}`, '');
        const handle = (await guest.open(1, 0, Opcode.OPENDIR)) as Uint8Array;
        const times = new Map<string, number>();
        let gone = 1;
        let cookie = new Uint8Array(8);
        for (let batch; (batch = await guest.list(1, handle, cookie, 1 << 16, plus)).length > 0; cookie = batch.at(-1)!.cookie.slice()) {
          for (const { name, entry } of batch) {
            times.set(name, (times.get(name) ?? 0) + 1);
            if (entry && entry.node > 0) await guest.forget(entry.node);
          }
          for (const end = gone + 200; gone < Math.min(end, ENTRIES); gone += 2) {
            fs.rmSync(`${guest.dir}/goes-${gone}`);
            fs.writeFileSync(`${guest.dir}/comes-${gone}`, '');
          }
        }
        t.is(await guest.release(1, handle, Opcode.RELEASEDIR), 0);
        for (let i = 0; i < ENTRIES; i += 2) if (times.get(`stays-${i}`) !== 1) t.fail(`stays-${i} was listed ${times.get(`stays-${i}`)} times`);
        t.deepEqual([...times].filter(([, count]) => count > 1), []);
        t.is(guest.nodes.live, 0);
      }, {}, place);
    });
  }
}
