import test from 'ava';
import { O } from '../conformance/posix.js';
import { visit } from './kernel.js';

test('what is unlinked or never named is freed with its last use, and node numbers serve again', (t) =>
  visit({ inodes: 1000 }, async (fs, { nodes }) => {
    const free = (await fs.statfs('.')).ffree;
    for (let round = 0; round < 20; round++) {
      const fds: number[] = [];
      await fs.mkdir('d');
      for (let i = 0; i < 40; i++) {
        fds.push(await fs.open(`d/f${i}`, O.O_CREAT | O.O_RDWR), await fs.open('d', O.O_TMPFILE | O.O_RDWR));
        await fs.symlink('x'.repeat(1000), `d/l${i}`);
        await fs.setxattr(`d/f${i}`, 'user.x', 'y');
        await fs.pwrite(fds.at(-1)!, 'data', 0);
      }
      for (let i = 0; i < 40; i++) for (const name of ['f', 'l']) await fs.unlink(`d/${name}${i}`);
      await fs.rmdir('d');
      t.is((await fs.statfs('.')).ffree, free - 81, '80 open files, and what their attributes take');
      for (const fd of fds) await fs.close(fd);
    }
    t.like(await fs.statfs('.'), { ffree: free, bfree: (await fs.statfs('.')).blocks });
    t.is(nodes.live, 0);
    t.true(nodes.allocate() < 500);
  }));

test('a session that ends without forgetting leaves nothing that has no name', (t) =>
  visit({ inodes: 100 }, async (fs, mount) => {
    await fs.open('a', O.O_CREAT | O.O_RDWR);
    await fs.unlink('a');
    await fs.open('.', O.O_TMPFILE | O.O_RDWR);
    for (const session of mount.sessions) session.end();
    t.is(mount.nodes.live, 0);
    t.is(mount.nodes.allocate(), 3, 'the number given back last is the first to serve again');
  }));
