import { topic } from '../behaviour.js';
import { O, type User } from '../posix.js';

/** Whom a file of 1001:2001 knows, each with the shift of the mode bits that count for them. */
const callers: Readonly<Record<string, { user: User; shift: number }>> = {
  'the owner': { user: { uid: 1001, gid: 1 }, shift: 6 },
  'the owner in the group': { user: { uid: 1001, gid: 2001 }, shift: 6 },
  'a member of the group': { user: { uid: 1002, gid: 2001 }, shift: 3 },
  'a member by supplementary group': { user: { uid: 1003, gid: 1, groups: [5, 2001, 7] }, shift: 3 },
  'a stranger': { user: { uid: 1004, gid: 1, groups: [5, 7] }, shift: 0 },
};
const source = 'path_resolution(7), inode(7)';

export const access = topic('access', (it) => {
  for (const [who, { user, shift }] of Object.entries(callers)) {
    const bits = (bit: number) => (bit << shift).toString(8).padStart(3, '0');
    it(`${who} reads a file by ${bits(4)} and by nothing else`, source, async (fs, t) => {
      await t.file('a');
      await fs.chown('a', 1001, 2001);
      await fs.chmod('a', 4 << shift);
      await t.as(user, async () => fs.close(await fs.open('a', O.O_RDONLY)));
      await fs.chmod('a', 0o777 & ~(4 << shift));
      await t.as(user, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
    });
    it(`${who} writes a file by ${bits(2)} and by nothing else`, source, async (fs, t) => {
      await t.file('a');
      await fs.chown('a', 1001, 2001);
      await fs.chmod('a', 2 << shift);
      await t.as(user, async () => fs.close(await fs.open('a', O.O_WRONLY)));
      await fs.chmod('a', 0o777 & ~(2 << shift));
      await t.as(user, () => t.fails('EACCES', fs.open('a', O.O_WRONLY)));
      await t.as(user, () => t.fails('EACCES', fs.truncate('a', 0)));
    });
    it(`${who} searches a directory by ${bits(1)} and by nothing else`, source, async (fs, t) => {
      await fs.mkdir('d');
      await t.file('d/a');
      await fs.chown('d', 1001, 2001);
      await fs.chmod('d', 1 << shift);
      await t.as(user, () => fs.stat('d/a'));
      await fs.chmod('d', 0o777 & ~(1 << shift));
      await t.as(user, () => t.fails('EACCES', fs.stat('d/a')));
    });
    it(`${who} makes and removes names in a directory by ${bits(3)} and by nothing less`, source, async (fs, t) => {
      await fs.mkdir('d');
      await fs.chown('d', 1001, 2001);
      await fs.chmod('d', 3 << shift);
      await t.as(user, async () => {
        await t.file('d/a');
        await fs.rename('d/a', 'd/b');
        await fs.unlink('d/b');
      });
      await fs.chmod('d', 0o777 & ~(2 << shift));
      await t.as(user, () => t.fails('EACCES', fs.mkdir('d/a')));
    });
  }
  it('in a sticky directory its owner removes what others own', 'inode(7): sticky bit', async (fs, t) => {
    await fs.chown('.', 1001, 1001);
    await fs.chmod('.', 0o1777);
    await t.as({ uid: 1002, gid: 1002 }, () => t.file('a'));
    await t.as({ uid: 1001, gid: 1001 }, () => fs.unlink('a'));
    t.is(await t.names(), []);
  });
  it('in a sticky directory root removes what others own', 'inode(7), capabilities(7) CAP_FOWNER', async (fs, t) => {
    await fs.chown('.', 1001, 1001);
    await fs.chmod('.', 0o1777);
    await t.as({ uid: 1002, gid: 1002 }, () => t.file('a'));
    await fs.unlink('a');
    t.is(await t.names(), []);
  });
  it('a sticky directory is not left, either, by what others own', 'rename(2) EPERM', async (fs, t) => {
    await fs.mkdir('from');
    await fs.mkdir('to');
    await fs.chmod('from', 0o1777);
    await fs.chmod('to', 0o777);
    await t.file('from/a');
    await t.as({ uid: 1002, gid: 1002 }, () => t.fails('EPERM', fs.rename('from/a', 'to/a')));
  });
  it('the group\'s members may not change a file\'s mode, owner or times', 'chmod(2), chown(2), utimensat(2) EPERM', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1001, 2001);
    await fs.chmod('a', 0o777);
    await t.as({ uid: 1002, gid: 2001 }, async () => {
      await t.fails('EPERM', fs.chmod('a', 0o777));
      await t.fails('EPERM', fs.chown('a', 1002, -1));
      await t.fails('EPERM', fs.utimens('a', 1n, 1n));
    });
  });
  it('the owner may chown to what it is', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1001, 2001);
    await t.as({ uid: 1001, gid: 2001 }, () => fs.chown('a', 1001, 2001));
  });
  it('a new group given by the owner clears the set-id bits of a program', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1001, 1);
    await fs.chmod('a', 0o6755);
    await t.as({ uid: 1001, gid: 1, groups: [2001] }, () => fs.chown('a', -1, 2001));
    t.is([await t.mode('a'), (await fs.stat('a')).gid], [0o755, 2001]);
  });
}, { kernel: 'the kernel checks permissions' });
