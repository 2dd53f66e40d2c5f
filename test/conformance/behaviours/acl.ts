import { decodeAcl, encodeAcl } from '../acl-text.js';
import { topic } from '../behaviour.js';
import { O, type Posix } from '../posix.js';

const ACCESS = 'system.posix_acl_access';
const DEFAULT = 'system.posix_acl_default';
const alice = { uid: 1001, gid: 1001 };
const bob = { uid: 1002, gid: 1002 };
const member = { uid: 1003, gid: 1003, groups: [1001] };

/** The ACL of a file as text. */
const acl = async (fs: Posix, path: string, name = ACCESS): Promise<string> => decodeAcl(await fs.getxattr(path, name));

const limits = { kernel: 'a kernel enforces ACLs', skip: { submount: 'Linux has no ACLs in a submount' } };

const set = (fs: Posix, path: string, text: string, name = ACCESS) => fs.setxattr(path, name, encodeAcl(text));
const reads = async (fs: Posix, path: string) => fs.close(await fs.open(path, O.O_RDONLY));

export const acls = topic('acl', (it) => {
  it('a named user may what the entry says, others not', 'acl(5) access check algorithm', async (fs, t) => {
    await t.file('a', 'text', 0o600);
    await set(fs, 'a', 'u6 U1001:4 g0 m4 o0');
    await t.as(alice, async () => {
      t.is(await t.content('a'), 'text');
      await t.fails('EACCES', fs.open('a', O.O_WRONLY));
    });
    await t.as(bob, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
  });
  it('a named user is held to the entry where others have more', 'acl(5) access check algorithm', async (fs, t) => {
    await t.file('a');
    await set(fs, 'a', 'u6 U1001:0 g4 m4 o4');
    await t.as(alice, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
    await t.as(bob, () => reads(fs, 'a'));
  });
  it('a named group counts for its members', 'acl(5) access check algorithm', async (fs, t) => {
    await t.file('a', '', 0o600);
    await set(fs, 'a', 'u6 g0 G1001:4 m4 o0');
    await t.as(member, () => reads(fs, 'a'));
    await t.as(alice, () => reads(fs, 'a'));
    await t.as(bob, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
  });
  it('the mask limits named users, named groups and the owning group', 'acl(5) ACL_MASK', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 0, 1001);
    await set(fs, 'a', 'u6 U1002:6 g6 m4 o0');
    for (const user of [bob, member]) {
      await t.as(user, async () => {
        await reads(fs, 'a');
        await t.fails('EACCES', fs.open('a', O.O_RDWR));
      });
    }
  });
  it('a directory is searched, listed and changed as the ACL says', 'acl(5), path_resolution(7)', async (fs, t) => {
    await fs.mkdir('d', 0o700);
    await t.file('d/a');
    await set(fs, 'd', 'u7 U1001:1 U1002:7 g0 m7 o0');
    await t.as(alice, async () => {
      await fs.stat('d/a');
      await t.fails('EACCES', fs.open('d', O.O_RDONLY));
      await t.fails('EACCES', fs.mkdir('d/sub'));
    });
    await t.as(bob, async () => {
      t.is(await t.names('d'), ['a']);
      await fs.mkdir('d/sub');
      await fs.unlink('d/a');
    });
  });
  it('access(2) answers by the ACL', 'access(2), acl(5)', async (fs, t) => {
    await t.file('a', '', 0o600);
    await set(fs, 'a', 'u6 U1001:4 g0 m4 o0');
    await t.as(alice, async () => {
      await fs.access('a', 4);
      await t.fails('EACCES', fs.access('a', 2));
    });
  });
  it('setting an ACL sets the mode, its group bits to the mask', 'acl(5) correspondence between ACL entries and file permission bits', async (fs, t) => {
    await t.file('a', '', 0o600);
    await set(fs, 'a', 'u7 U1001:7 g1 m5 o4');
    t.is(await t.mode('a'), 0o754);
  });
  it('chmod(2) sets the mask, not the owning group\'s entry', 'acl(5), chmod(2)', async (fs, t) => {
    await t.file('a');
    await set(fs, 'a', 'u6 U1001:6 g4 m6 o4');
    await fs.chmod('a', 0o741);
    t.is(await acl(fs, 'a'), 'u7 U1001:6 g4 m4 o1');
    t.is(await t.mode('a'), 0o741);
  });
  it('an ACL of three entries is the mode and nothing more', 'acl(5) minimal ACL', async (fs, t) => {
    await t.file('a');
    await set(fs, 'a', 'u7 g5 o1');
    t.is(await t.mode('a'), 0o751);
    await t.fails('ENODATA', fs.getxattr('a', ACCESS));
  });
  it('an ACL is read back as it was set, and named in the list', 'acl(5), listxattr(2)', async (fs, t) => {
    await t.file('a');
    await set(fs, 'a', 'u6 U7:1 U1001:4 g4 G8:2 m7 o0');
    t.is(await acl(fs, 'a'), 'u6 U7:1 U1001:4 g4 G8:2 m7 o0');
    t.ok((await fs.listxattr('a')).includes(ACCESS), 'listed');
  });
  it('removing it leaves the mode', 'removexattr(2), acl(5)', async (fs, t) => {
    await t.file('a', '', 0o600);
    await set(fs, 'a', 'u6 U1001:4 g0 m4 o0');
    await fs.removexattr('a', ACCESS);
    t.is(await t.mode('a'), 0o640);
    await t.as(alice, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
  });
  it('what is no ACL is refused', 'acl(5) valid ACLs', async (fs, t) => {
    await t.file('a');
    for (const text of ['u6 g4', 'u6 U1001:4 g4 o4', 'g4 u6 o4', 'u6 u6 g4 o4']) await t.fails('EINVAL', set(fs, 'a', text));
    await t.fails('EINVAL|EOPNOTSUPP', fs.setxattr('a', ACCESS, 'xx'));
  });
  it('only a directory has a default ACL', 'acl(5) EACCES', async (fs, t) => {
    await t.file('a');
    await t.fails('EACCES', set(fs, 'a', 'u7 g5 o0', DEFAULT));
  });
  it('only the owner and root set one', 'acl(5), setxattr(2) EPERM', async (fs, t) => {
    await t.file('a', '', 0o666);
    await t.as(alice, () => t.fails('EPERM', set(fs, 'a', 'u6 U1001:6 g6 m6 o6')));
    await fs.chown('a', 1001, 1001);
    await t.as(alice, () => set(fs, 'a', 'u6 U1002:6 g0 m6 o0'));
    t.is(await acl(fs, 'a'), 'u6 U1002:6 g0 m6 o0');
  });
  it('an owner outside of the file\'s group loses set-group-id by it', 'chmod(2), acl(5)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1001, 1002);
    await fs.chmod('a', 0o2755);
    await t.as(alice, () => set(fs, 'a', 'u7 U1003:5 g5 m5 o5'));
    t.is(await t.mode('a'), 0o755);
  });
  it('an owner in the file\'s group keeps set-group-id', 'chmod(2), acl(5)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1003, 1001);
    await fs.chmod('a', 0o2755);
    await t.as(member, () => set(fs, 'a', 'u7 U1002:5 g5 m5 o5'));
    t.is(await t.mode('a'), 0o2755);
  });
  it('a change of owner leaves the ACL', 'chown(2), acl(5)', async (fs, t) => {
    await t.file('a');
    await set(fs, 'a', 'u6 U1001:4 g4 m4 o0');
    await fs.chown('a', 1002, 1002);
    t.is(await acl(fs, 'a'), 'u6 U1001:4 g4 m4 o0');
    await t.as(bob, async () => fs.close(await fs.open('a', O.O_RDWR)));
  });
}, limits);

export const defaultAcls = topic('default acl', (it) => {
  it('it decides nothing for the directory itself', 'acl(5) object creation and default ACLs', async (fs, t) => {
    await fs.mkdir('d', 0o700);
    await set(fs, 'd', 'u7 U1001:7 g0 m7 o0', DEFAULT);
    t.is(await t.mode('d'), 0o700);
    await t.as(alice, () => t.fails('EACCES', fs.open('d', O.O_RDONLY)));
  });
  it('a new file gets it as its ACL, limited by the mode asked for', 'acl(5) object creation and default ACLs', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:7 g5 m7 o5', DEFAULT);
    await t.file('d/a', '', 0o640);
    t.is(await acl(fs, 'd/a'), 'u6 U1001:7 g5 m4 o0');
    t.is(await t.mode('d/a'), 0o640);
  });
  it('the umask does not count where it does', 'acl(5), umask(2)', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:7 g7 m7 o7', DEFAULT);
    await fs.umask(0o077);
    await t.file('d/a', '', 0o666);
    await fs.mkdir('d/sub', 0o777);
    await t.file('plain', '', 0o666);
    t.is([await t.mode('d/a'), await t.mode('d/sub'), await t.mode('plain')], [0o666, 0o777, 0o600]);
  });
  it('a new directory gets it as both ACLs', 'acl(5) object creation and default ACLs', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:5 g5 m7 o0', DEFAULT);
    await fs.mkdir('d/sub', 0o777);
    t.is(await acl(fs, 'd/sub', DEFAULT), 'u7 U1001:5 g5 m7 o0');
    t.is(await acl(fs, 'd/sub'), 'u7 U1001:5 g5 m7 o0');
    t.is(await t.mode('d/sub'), 0o770);
  });
  it('a default ACL of three entries sets the mode', 'acl(5) object creation and default ACLs', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 g0 o0', DEFAULT);
    await t.file('d/a', '', 0o666);
    await fs.mkdir('d/sub', 0o777);
    t.is([await t.mode('d/a'), await t.mode('d/sub')], [0o600, 0o700]);
    await t.fails('ENODATA', fs.getxattr('d/a', ACCESS));
  });
  it('a FIFO inherits, a symlink does not', 'acl(5), symlink(7)', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:6 g5 m7 o5', DEFAULT);
    await fs.mknod('d/fifo', O.S_IFIFO | 0o666);
    await fs.symlink('x', 'd/link');
    t.is(await acl(fs, 'd/fifo'), 'u6 U1001:6 g5 m6 o4');
    t.is(await t.mode('d/link'), 0o777);
  });
  it('an O_TMPFILE inherits', 'open(2) O_TMPFILE, acl(5)', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:6 g5 m7 o5', DEFAULT);
    const fd = await fs.open('d', O.O_TMPFILE | O.O_RDWR, 0o660);
    await fs.linkFd(fd, 'a');
    t.is(await acl(fs, 'a'), 'u6 U1001:6 g5 m6 o0');
  }, { linux: '6.2' });
  it('what is moved in keeps its own', 'rename(2), acl(5)', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:6 g5 m7 o5', DEFAULT);
    await t.file('a', '', 0o600);
    await fs.rename('a', 'd/a');
    t.is(await t.mode('d/a'), 0o600);
    await t.fails('ENODATA', fs.getxattr('d/a', ACCESS));
  });
  it('what others make there belongs to them, with the ACL', 'acl(5) object creation and default ACLs', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1002:7 g7 m7 o7');
    await set(fs, 'd', 'u7 U1001:4 g5 m7 o0', DEFAULT);
    await t.as(bob, async () => {
      await t.file('d/a', 'text', 0o660);
      t.is((await fs.stat('d/a')).uid, 1002);
    });
    t.is(await acl(fs, 'd/a'), 'u6 U1001:4 g5 m6 o0');
    await t.as(alice, async () => t.is(await t.content('d/a'), 'text'));
  });
  it('removing it ends the inheritance', 'removexattr(2), acl(5)', async (fs, t) => {
    await fs.mkdir('d');
    await set(fs, 'd', 'u7 U1001:7 g7 m7 o7', DEFAULT);
    await fs.removexattr('d', DEFAULT);
    await t.file('d/a', '', 0o666);
    t.is(await t.mode('d/a'), 0o644);
    await t.fails('ENODATA', fs.getxattr('d/a', ACCESS));
  });
}, limits);
