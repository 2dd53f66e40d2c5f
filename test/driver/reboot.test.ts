import test from 'ava';
import { device, mounted } from '../virtiofs/guests.js';

for (const packed of [false, true]) {
  test(`a guest that is started again finds its files, and nothing that it had open: ${packed ? 'packed' : 'split'} rings`, async (t) => {
    const { socket, server } = await device(t, { use: 'memory' }, {}, { locks: 'server' });
    const driver = await mounted(t, socket, { packed });
    const [mount] = server.mounts;
    for (let i = 0; i < 5; i++) {
      await driver.writeFile(`/file-${i}`, `text ${i}`);
      const file = await driver.open(`/file-${i}`);
      const entry = await driver.lookup('/file-0');
      const writing = Promise.all(Array.from({ length: 20 }, (_, k) => driver.writeFile(`/busy-${k}`, 'x')));
      await driver.reboot();
      await writing.catch(() => {});
      t.is(driver.mounted, undefined);
      await t.throwsAsync(driver.readdir('/'), { code: 'ENODEV' });
      t.is(mount!.sessions.size, 1);
      t.is([...mount!.sessions][0]!.handles.count, 0);
      await driver.mount();
      // What the guest had is nobody's: it takes nothing from who is there now.
      const now = await driver.lookup('/file-0');
      entry.release();
      // The node of the first file is known again, by the look-up.
      await t.throwsAsync(file.close(), { code: i === 0 ? 'EBADF' : 'ESTALE' });
      t.is(Buffer.from(await driver.readFile('/file-0')).toString(), 'text 0');
      now.release();
    }
    t.is((await driver.readdir('/')).filter((name) => name.startsWith('file')).length, 5);
  });
}
