import { topic } from '../behaviour.js';
import { O } from '../posix.js';

const alice = { uid: 1001, gid: 1001 };
const bob = { uid: 1002, gid: 1002 };
const member = { uid: 1003, gid: 1003, groups: [1001] };

export const permissions = topic('permission', (it) => {
  it('what somebody makes belongs to them', 'open(2), mkdir(2), … ownership', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, async () => {
      await t.file('file');
      await fs.mkdir('dir');
      await fs.symlink('x', 'link');
      await fs.mknod('fifo', O.S_IFIFO | 0o600);
    });
    for (const name of ['file', 'dir', 'link', 'fifo']) {
      const { uid, gid } = await fs.lstat(name);
      t.is([uid, gid], [1001, 1001], name);
    }
  });
  it('the mode decides who reads and writes', 'path_resolution(7)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, () => t.file('a', 'hello', 0o640));
    await t.as(bob, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
    await t.as(member, async () => {
      await fs.close(await fs.open('a', O.O_RDONLY));
      await t.fails('EACCES', fs.open('a', O.O_WRONLY));
    });
    await t.as(alice, async () => fs.close(await fs.open('a', O.O_RDWR)));
  });
  it('the owner\'s bits count for the owner, even if others have more', 'path_resolution(7)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, async () => {
      await t.file('a');
      await fs.chmod('a', 0o077);
      await t.fails('EACCES', fs.open('a', O.O_RDONLY));
    });
    await t.as(bob, async () => fs.close(await fs.open('a', O.O_RDONLY)));
  });
  it('root reads and writes all', 'capabilities(7) CAP_DAC_OVERRIDE', async (_fs, t) => {
    await t.file('a', 'hello', 0);
    t.is(await t.content('a'), 'hello');
  });
  it('directories need search permission', 'path_resolution(7) EACCES', async (fs, t) => {
    await fs.mkdir('d', 0o700);
    await t.file('d/a');
    await t.as(bob, () => t.fails('EACCES', fs.stat('d/a')));
    await fs.chmod('d', 0o711);
    await t.as(bob, async () => {
      await fs.stat('d/a');
      await t.fails('EACCES', fs.open('d', O.O_RDONLY));
    });
  });
  it('making and removing needs a writable directory', 'open(2), unlink(2), mkdir(2) EACCES', async (fs, t) => {
    await t.file('a');
    await t.as(bob, async () => {
      await t.fails('EACCES', fs.open('b', O.O_CREAT | O.O_WRONLY));
      await t.fails('EACCES', fs.mkdir('d'));
      await t.fails('EACCES', fs.symlink('x', 'l'));
      await t.fails('EACCES', fs.unlink('a'));
      await t.fails('EACCES', fs.rename('a', 'b'));
      await t.fails('EACCES|EPERM', fs.link('a', 'b'));
    });
  });
  it('a writable directory lets remove what others own', 'unlink(2)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.file('a', 'hello', 0o600);
    await t.as(bob, () => fs.unlink('a'));
    t.is(await t.names(), []);
  });
  it('a sticky directory does not', 'inode(7): sticky bit, unlink(2) EPERM', async (fs, t) => {
    await fs.chmod('.', 0o1777);
    await t.as(alice, async () => {
      await t.file('a');
      await fs.mkdir('d');
    });
    await t.as(bob, async () => {
      await t.fails('EPERM', fs.unlink('a'));
      await t.fails('EPERM', fs.rmdir('d'));
      await t.fails('EPERM', fs.rename('a', 'b'));
      await t.file('own');
      await t.fails('EPERM', fs.rename('own', 'a'));
      await fs.unlink('own');
    });
    await t.as(alice, () => fs.unlink('a'));
  });
  it('chmod is for the owner', 'chmod(2) EPERM', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o666);
    await t.as(bob, () => t.fails('EPERM', fs.chmod('a', 0o600)));
  });
  it('chown is for root', 'chown(2) EPERM', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, async () => {
      await t.file('a');
      await t.fails('EPERM', fs.chown('a', 1002, -1));
      await t.fails('EPERM', fs.chown('a', -1, 1002));
    });
  });
  it('the owner may give a file to a group of theirs', 'chown(2)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(member, async () => {
      await t.file('a');
      await fs.chown('a', -1, 1001);
    });
    t.is((await fs.stat('a')).gid, 1001);
  });
  it('chmod by a stranger to the group drops set-gid', 'chmod(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1002, 1001);
    await t.as(bob, () => fs.chmod('a', 0o2755));
    t.is(await t.mode('a'), 0o755);
  });
  it('arbitrary times are for the owner, the present for writers', 'utimensat(2) EPERM EACCES', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o666);
    await t.file('b');
    await t.as(bob, async () => {
      await fs.utimens('a', 'now', 'now');
      await t.fails('EPERM', fs.utimens('a', 5n, 5n));
      await t.fails('EPERM', fs.utimens('a', 'now', 'omit'));
      await t.fails('EACCES', fs.utimens('b', 'now', 'now'));
    });
  });
  it('access tells what would be allowed', 'access(2)', async (fs, t) => {
    await t.file('a');
    await t.as(bob, async () => {
      await fs.access('a', O.R_OK);
      await t.fails('EACCES', fs.access('a', O.W_OK));
      await t.fails('EACCES', fs.access('a', O.X_OK));
      await t.fails('ENOENT', fs.access('none', O.F_OK));
    });
    await fs.access('a', O.R_OK | O.W_OK);
    await t.fails('EACCES', fs.access('a', O.X_OK));
  });
  it('a write by others clears the set-id bits', 'write(2), inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chmod('a', 0o6777);
    await t.as(bob, async () => fs.write(await fs.open('a', O.O_WRONLY), 'J'));
    t.is(await t.mode('a'), 0o777);
  });
  it('a write by somebody outside of its group clears set-gid without group execution', 'write(2), inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chown('a', 0, 1001);
    await fs.chmod('a', 0o2666);
    await t.as(bob, async () => fs.write(await fs.open('a', O.O_WRONLY), 'J'));
    t.is(await t.mode('a'), 0o666);
  });
  it('a write by somebody of its group leaves set-gid without group execution', 'write(2), inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chown('a', 0, 1001);
    await fs.chmod('a', 0o2666);
    await t.as(alice, async () => fs.write(await fs.open('a', O.O_WRONLY), 'J'));
    t.is(await t.mode('a'), 0o2666);
  });
  it('a write by root keeps them', 'write(2), capabilities(7) CAP_FSETID', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chmod('a', 0o6777);
    await fs.write(await fs.open('a', O.O_WRONLY), 'J');
    t.is(await t.mode('a'), 0o6777);
  });
  it('truncate by others clears the set-id bits', 'truncate(2), inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chmod('a', 0o6777);
    await t.as(bob, () => fs.truncate('a', 2));
    t.is(await t.mode('a'), 0o777);
  });
  it('O_TRUNC by others clears the set-id bits', 'open(2) O_TRUNC, inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chmod('a', 0o6777);
    await t.as(bob, async () => fs.close(await fs.open('a', O.O_WRONLY | O.O_TRUNC)));
    t.is(await t.mode('a'), 0o777);
  });
  it('fallocate by others clears the set-id bits', 'fallocate(2), inode(7)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.chmod('a', 0o6777);
    await t.as(bob, async () => fs.fallocate(await fs.open('a', O.O_WRONLY), 0, 0, 100));
    t.is(await t.mode('a'), 0o777);
  });
  it('programs need the x bit of somebody, even for root', 'access(2), path_resolution(7)', async (fs, t) => {
    await t.file('a');
    await t.fails('EACCES', fs.access('a', O.X_OK));
    await fs.chmod('a', 0o645);
    await fs.access('a', O.X_OK);
  });
  it('a directory of one\'s own without bits is closed to oneself', 'path_resolution(7)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, async () => {
      await fs.mkdir('d', 0);
      await t.fails('EACCES', fs.open('d', O.O_RDONLY));
      await t.fails('EACCES', t.file('d/a'));
      await fs.chmod('d', 0o300);
      await t.file('d/a', 'hello');
      await t.fails('EACCES', fs.open('d', O.O_RDONLY));
      t.is(await t.content('d/a'), 'hello');
    });
  });
  it('truncate needs write permission', 'truncate(2) EACCES', async (fs, t) => {
    await t.file('a', 'hello');
    await t.as(bob, () => t.fails('EACCES', fs.truncate('a', 0)));
    t.is(await t.size('a'), 5);
  });
  it('user attributes need the permissions of the file', 'xattr(7)', async (fs, t) => {
    await t.file('a', '', 0o600);
    await fs.setxattr('a', 'user.key', 'value');
    await t.as(bob, async () => {
      await t.fails('EACCES', fs.getxattr('a', 'user.key'));
      await t.fails('EACCES', fs.setxattr('a', 'user.key', 'x'));
    });
  });
  it('a directory moves only for those who may write into it', 'rename(2) EACCES', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await fs.mkdir('target');
    await fs.chmod('target', 0o777);
    await fs.mkdir('d');
    await t.as(bob, () => t.fails('EACCES', fs.rename('d', 'target/d')));
    t.is(await t.names('target'), []);
  });
  it('an fd stays usable when the mode changes', 'open(2)', async (fs, t) => {
    await fs.chmod('.', 0o777);
    await t.as(alice, async () => {
      const fd = await t.opened('a', 'hello');
      await fs.chmod('a', 0);
      t.is(await t.at(fd, 0, 5), 'hello');
      t.is(await fs.pwrite(fd, 'J', 0), 1);
    });
  });
}, { kernel: 'the kernel checks permissions' });

export const inheritance = topic('set-gid directory', (it) => {
  it('gives its group to what is made in it', 'inode(7) S_ISGID', async (fs, t) => {
    await fs.chown('.', 0, 1001);
    await fs.chmod('.', 0o2777);
    await t.as(bob, async () => {
      await t.file('file');
      await fs.mkdir('dir');
      await fs.symlink('x', 'link');
    });
    for (const name of ['file', 'dir', 'link']) t.is([(await fs.lstat(name)).uid, (await fs.lstat(name)).gid], [1002, 1001], name);
  });
  it('makes subdirectories set-gid', 'inode(7) S_ISGID', async (fs, t) => {
    await fs.chmod('.', 0o2777);
    await fs.mkdir('d', 0o755);
    await t.file('a');
    t.is([await t.mode('d'), await t.mode('a')], [0o2755, 0o644]);
  });
  it('drops set-gid from a file made by a stranger to its group', 'inode(7), open(2)', async (fs, t) => {
    await fs.umask(0);
    await fs.chown('.', 0, 1001);
    await fs.chmod('.', 0o2777);
    await t.as(bob, async () => fs.close(await fs.open('stranger', O.O_CREAT | O.O_WRONLY, 0o2775)));
    await t.as(alice, async () => fs.close(await fs.open('member', O.O_CREAT | O.O_WRONLY, 0o2775)));
    t.is([await t.mode('stranger'), await t.mode('member')], [0o775, 0o2775]);
  }, { kernel: 'the kernel knows the caller\'s groups and adapts the mode' });
  it('keeps set-gid on a file made by a member by supplementary group', 'open(2), inode(7)', async (fs, t) => {
    await fs.umask(0);
    await fs.chown('.', 0, 1001);
    await fs.chmod('.', 0o2777);
    await t.as(member, async () => fs.close(await fs.open('a', O.O_CREAT | O.O_WRONLY, 0o2775)));
    t.is([await t.mode('a'), (await fs.stat('a')).gid], [0o2775, 1001]);
  }, { kernel: 'the kernel knows the caller\'s groups and adapts the mode', linux: '6.3' });
});
