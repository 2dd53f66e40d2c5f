import test from 'ava';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { native, slab } from '../../native/index.js';
import { allocate } from '../../native/slab-pool.js';
import { AT_REMOVEDIR, HANDLE_SIZE, Identity, O_PATH, O_TMPFILE, Resolve, UTIME_OMIT } from '../../native/syscalls.js';
import { Attr, FileLock, Kstatfs, Statx } from '../../core/protocol/structs.js';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const { errno } = os.constants;
const BENEATH = Resolve.BENEATH | Resolve.NO_MAGICLINKS | Resolve.NO_SYMLINKS;
const root = process.getuid?.() === 0;

/** A scratch page per use; name(…) puts a string into the slab and gives its offset. */
const page = allocate(1 << 20);
const result = page + 4096;
const extra = page + 8192;
function name(text: string | Buffer, at = page): number {
  const bytes = Buffer.from(text as string);
  slab.u8.set(bytes, at);
  slab.u8[at + bytes.length] = 0;
  return at;
}
const u64 = (offset: number): number => slab.u32[offset >> 2]! + slab.u32[(offset >> 2) + 1]! * 2 ** 32;
const word = (offset: number): number => slab.u32[offset >> 2]!;
const bytes = (offset: number, length: number): string => Buffer.from(slab.u8.subarray(offset, offset + length)).toString();

/** A temporary directory on ext4 (or whatever holds the default one) and on tmpfs. */
const places = [os.tmpdir(), '/dev/shm'];

interface Scene {
  dir: string;
  dirfd: number;
  open(file: string, flags?: number): number;
}

function scene(title: string, run: (t: import('ava').ExecutionContext, s: Scene) => void): void {
  for (const place of places) {
    test.serial(`${title} (${place})`, (t) => {
      const dir = fs.mkdtempSync(path.join(place, 'fusewire-sys-'));
      const dirfd = fs.openSync(dir, O_PATH | O_DIRECTORY);
      const fds = [dirfd];
      const open = (file: string, flags = O_PATH | O_NOFOLLOW): number => {
        const fd = native.openat2(dirfd, name(file), flags, 0, 0);
        if (fd < 0) throw new Error(`${file}: ${fd}`);
        fds.push(fd);
        return fd;
      };
      try {
        run(t, { dir, dirfd, open });
      } finally {
        for (const fd of fds) native.close(fd);
        fs.rmSync(dir, { recursive: true });
      }
    });
  }
}

scene('lookup tells what stat tells, and the identity', (t, { dir, dirfd, open }) => {
  fs.writeFileSync(`${dir}/file`, 'hello');
  fs.utimesSync(`${dir}/file`, new Date(-5500), 4e9);
  t.is(native.lookup(dirfd, name('file'), result, extra), 0);
  const stat = fs.statSync(`${dir}/file`, { bigint: true });
  t.is(u64(result + Attr.ino), Number(stat.ino));
  t.is(u64(result + Attr.size), 5);
  t.is(word(result + Attr.mode), Number(stat.mode));
  t.is(u64(result + Attr.mtime), 4e9);
  t.is(slab.i32[(result + Attr.atime) >> 2], -6);
  t.is(word(result + Attr.atimensec), 5e8);
  t.is(u64(extra + Identity.ino), Number(stat.ino));
  t.is(word(extra + Identity.mode), Number(stat.mode));
  t.true(u64(extra + Identity.mount) > 0);
  const before = slab.u8.slice(result, result + Attr.size_);
  t.is(native.lookup(open('file'), 0, result, extra), 0);
  t.deepEqual(slab.u8.slice(result, result + Attr.size_), before);
  t.is(native.lookup(dirfd, name('none'), result, extra), -errno.ENOENT);
});

scene('a name never leaves its directory', (t, { dirfd }) => {
  for (const bad of ['..', '.', '', 'a/b', '/etc', '../x']) {
    t.is(native.lookup(dirfd, name(bad), result, extra), -errno.EINVAL, bad);
    t.is(native.mkdirat(dirfd, name(bad), 0o700), -errno.EINVAL, bad);
    t.is(native.unlinkat(dirfd, name(bad), AT_REMOVEDIR), -errno.EINVAL, bad);
  }
  t.is(native.openat2(dirfd, name('../..'), O_RDONLY, 0, BENEATH), -errno.EXDEV);
});

scene('memory outside of the slab is refused', (t, { dirfd }) => {
  const end = slab.buffer.byteLength;
  t.is(native.lookup(dirfd, name('x'), end - 8, extra), -errno.EINVAL);
  t.is(native.lookup(dirfd, end - 1, result, extra), -errno.EINVAL, 'the last byte is NUL: an empty name');
  t.is(native.lookup(dirfd, 0xffffffff, result, extra), -errno.EINVAL);
  t.is(native.getdents(dirfd, 0, end - 100, 200), -errno.EINVAL);
  slab.u8.fill(0x61, page, page + 5000);
  t.is(native.mkdirat(dirfd, page, 0o700), -errno.EINVAL, 'no NUL within PATH_MAX');
});

scene('statx tells the birth time', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, 'x');
  slab.u8.fill(0xff, result, result + Statx.size_);
  t.is(native.statx(open('file'), 0xfff, result), 0);
  t.is(word(result + Statx.mask), 0xfff);
  t.is(u64(result + Statx.btime), Math.floor(fs.statSync(`${dir}/file`).birthtimeMs / 1000));
  t.is(word(result + Statx.dev_minor + 4), 0);
});

scene('a symlink is not followed on the way', (t, { dir, dirfd }) => {
  fs.mkdirSync(`${dir}/real`);
  fs.symlinkSync('real', `${dir}/link`);
  t.is(native.openat2(dirfd, name('link'), O_RDONLY, 0, BENEATH), -errno.ELOOP);
  t.is(native.symlinkat(name('any/target', result), dirfd, name('made')), 0);
  t.is(native.readlinkat(dirfd, name('made'), result, 4096), 10);
  t.is(bytes(result, 10), 'any/target');
});

scene('entries are made, linked, renamed and removed', (t, { dir, dirfd, open }) => {
  t.is(native.mkdirat(dirfd, name('d'), 0o750), 0);
  t.is(fs.statSync(`${dir}/d`).mode & 0o777, 0o750);
  const fd = native.openat2(dirfd, name('f'), O_RDWR | O_CREAT | O_EXCL, 0o640, BENEATH);
  t.true(fd >= 0);
  native.close(fd);
  t.is(native.openat2(dirfd, name('f'), O_RDWR | O_CREAT | O_EXCL, 0o640, BENEATH), -errno.EEXIST);
  t.is(native.linkat(open('f'), dirfd, name('g')), 0);
  t.is(fs.statSync(`${dir}/g`).nlink, 2);
  fs.symlinkSync('f', `${dir}/s`);
  t.is(native.linkat(open('s'), dirfd, name('s2')), 0);
  t.true(fs.lstatSync(`${dir}/s2`).isSymbolicLink());
  t.is(native.renameat2(dirfd, name('g'), dirfd, name('f', result), 1), -errno.EEXIST);
  t.is(native.renameat2(dirfd, name('g'), dirfd, name('d', result), 2), 0);
  t.true(fs.statSync(`${dir}/g`).isDirectory());
  t.is(native.unlinkat(dirfd, name('g'), 0), -errno.EISDIR);
  t.is(native.unlinkat(dirfd, name('g'), AT_REMOVEDIR), 0);
  t.is(native.mknodat(dirfd, name('fifo'), fs.constants.S_IFIFO | 0o600, 0), 0);
  if (root) {
    t.is(native.mknodat(dirfd, name('dev'), fs.constants.S_IFCHR | 0o600, 0x12300145), 0);
    t.is(native.lookup(dirfd, name('dev'), result, extra), 0);
    t.is(word(result + Attr.rdev), 0x12300145);
  }
});

scene('O_TMPFILE has no name until it is linked', (t, { dir, dirfd }) => {
  const fd = native.openat2(dirfd, 0, O_TMPFILE | O_RDWR, 0o600, BENEATH);
  t.true(fd >= 0);
  t.deepEqual(fs.readdirSync(dir), []);
  t.is(native.linkat(fd, dirfd, name('named')), 0);
  native.close(fd);
  t.deepEqual(fs.readdirSync(dir), ['named']);
});

scene('attributes are set through an O_PATH fd', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, 'hello');
  const fd = open('file');
  t.is(native.fchmod(fd, 0o711), 0);
  t.is(native.truncate(fd, 3), 0);
  t.is(native.utimens(fd, -3, 7, 0, UTIME_OMIT), 0);
  const stat = fs.statSync(`${dir}/file`, { bigint: true });
  t.is(Number(stat.mode) & 0o7777, 0o711);
  t.is(Number(stat.size), 3);
  t.is(stat.atimeNs, -2_999_999_993n);
  t.is(native.fchown(fd, -1, -1), 0);
  if (root) {
    t.is(native.fchown(fd, 12, 34), 0);
    t.deepEqual([fs.statSync(`${dir}/file`).uid, fs.statSync(`${dir}/file`).gid], [12, 34]);
  }
});

scene('a file is opened anew by its O_PATH fd, even without a name', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, 'hello');
  const handle = open('file');
  fs.rmSync(`${dir}/file`);
  const fd = native.reopen(handle, O_RDWR);
  t.true(fd >= 0);
  t.is(fs.readFileSync(fd, 'utf8'), 'hello');
  native.close(fd);
});

scene('a file handle finds its file again', (t, { dir, dirfd, open }) => {
  fs.writeFileSync(`${dir}/file`, 'hello');
  const mount = native.nameToHandle(dirfd, name('file'), result);
  t.true(mount > 0);
  t.true(word(result) > 0 && word(result) <= HANDLE_SIZE - 8);
  const before = slab.u8.slice(result, result + 8 + word(result));
  const handle = native.openat2(dirfd, page, O_PATH, 0, 0);
  t.is(native.nameToHandle(handle, 0, result), mount);
  native.close(handle);
  t.deepEqual(slab.u8.slice(result, result + before.length), before);
  const mountFd = open('.', O_RDONLY | O_DIRECTORY);
  const fd = native.openByHandle(mountFd, result, O_RDONLY);
  if (root) {
    t.is(fs.readFileSync(fd, 'utf8'), 'hello');
    native.close(fd);
    fs.rmSync(`${dir}/file`);
    t.is(native.openByHandle(mountFd, result, O_RDONLY), -errno.ESTALE);
  } else t.is(fd, -errno.EPERM);
  slab.u32[result >> 2] = 0xffffffff;
  t.is(native.openByHandle(mountFd, result, O_RDONLY), -errno.EINVAL);
});

scene('data calls', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/a`, 'hello world');
  fs.writeFileSync(`${dir}/b`, '');
  const a = open('a', O_RDWR);
  const b = open('b', O_RDWR);
  t.is(native.copyFileRange(a, 6, b, 0, 100, 0), 5);
  t.is(fs.readFileSync(`${dir}/b`, 'utf8'), 'world');
  t.is(native.fallocate(b, 0, 0, 8192), 0);
  t.is(fs.statSync(`${dir}/b`).size, 8192);
  t.is(native.truncate(b, 5e9), 0);
  t.is(native.lseek(b, 0, 2), 5e9);
  t.is(native.lseek(b, 1e9, 4), 1e9);
  t.is(native.lseek(b, 1e9, 3), -errno.ENXIO);
  t.is(native.fsync(b, 0), 0);
  t.is(native.fsync(b, 1), 0);
  t.is(native.syncfs(b), 0);
  t.is(native.fstatfs(a, result), 0);
  t.is(word(result + Kstatfs.namelen), 255);
  t.is(u64(result + Kstatfs.blocks), Number(fs.statfsSync(dir).blocks));
  t.is(native.fsync(-1, 0), -errno.EBADF);
});

scene('extended attributes of files and, by O_PATH fd, of symlinks', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, '');
  fs.symlinkSync('none', `${dir}/link`);
  const kinds = root ? (['file', 'link'] as const) : (['file'] as const);
  for (const kind of kinds) {
    const fd = open(kind);
    const key = root ? 'trusted.key' : 'user.key';
    name('value', result);
    t.is(native.setxattr(fd, name(key), result, 5, 0), 0, kind);
    t.is(native.setxattr(fd, page, result, 5, 1), -errno.EEXIST, kind);
    t.is(native.getxattr(fd, page, 0, 0), 5);
    t.is(native.getxattr(fd, page, result, 2), -errno.ERANGE);
    t.is(native.getxattr(fd, page, extra, 100), 5);
    t.is(bytes(extra, 5), 'value');
    const length = native.listxattr(fd, extra, 1000);
    t.true(bytes(extra, length).split('\0').includes(key));
    t.is(native.removexattr(fd, page), 0);
    t.is(native.getxattr(fd, page, 0, 0), -errno.ENODATA);
  }
});

scene('locks of two opens exclude each other', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, '');
  const a = open('file', O_RDWR);
  const b = open('file', O_RDWR);
  const lock = (start: number, end: number, type: number): number => {
    slab.u32.set([start, 0, end, 0, type, 0], result >> 2);
    return result;
  };
  t.is(native.flock(a, 2), 0);
  t.is(native.flock(b, 2), -errno.EAGAIN);
  t.is(native.flock(a, 8), 0);
  t.is(native.ofdLock(a, 0, lock(10, 19, 1)), 0);
  t.is(native.ofdLock(b, 0, lock(19, 30, 1)), -errno.EAGAIN);
  t.is(native.ofdLock(b, 1, lock(0, 100, 1)), 0);
  t.deepEqual([u64(result), u64(result + FileLock.end), word(result + FileLock.type)], [10, 19, 1]);
  t.is(native.ofdLock(b, 0, lock(20, 30, 1)), 0);
  t.is(native.ofdLock(b, 0, lock(5, 2, 1)), -errno.EINVAL);
});

scene('file flags by ioctl, nothing else', (t, { dir, open }) => {
  fs.writeFileSync(`${dir}/file`, '');
  const fd = open('file', O_RDWR);
  const FS_IOC_GETFLAGS = 0x80086601;
  t.true([0, -errno.ENOTTY].includes(native.ioctl(fd, FS_IOC_GETFLAGS, result)));
  t.is(native.ioctl(fd, 0x5413, result), -errno.ENOTTY);
});

scene('a directory is listed, and listed again from a cookie', (t, { dir, open }) => {
  const wanted = Array.from({ length: 300 }, (_, i) => `file${i}`);
  for (const file of wanted) fs.writeFileSync(`${dir}/${file}`, '');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]), '');
  const fd = open('.', O_RDONLY | O_DIRECTORY);
  const seen: string[] = [];
  const cookies: Uint8Array[] = [];
  for (;;) {
    const size = native.getdents(fd, 0, result, 1024);
    t.true(size >= 0);
    if (size === 0) break;
    for (let at = result; at < result + size; at += slab.u16[(at + 16) >> 1]!) {
      const end = slab.u8.indexOf(0, at + 19);
      seen.push(Buffer.from(slab.u8.subarray(at + 19, end)).toString('latin1'));
      cookies.push(slab.u8.slice(at + 8, at + 16));
    }
  }
  t.deepEqual(seen.toSorted(), [...wanted, '.', '..', '\xff\xfe'].toSorted());
  slab.u8.set(cookies[99]!, extra);
  t.true(native.getdents(fd, extra, result, 1024) > 0);
  t.is(Buffer.from(slab.u8.subarray(result + 19, slab.u8.indexOf(0, result + 19))).toString('latin1'), seen[100]);
});

scene('what is created inside credentials belongs to the caller', (t, { dir, dirfd }) => {
  const make = (file: string): fs.Stats => {
    t.is(native.mkdirat(dirfd, name(file), 0o777), 0);
    return fs.statSync(`${dir}/${file}`);
  };
  const mask = process.umask();
  t.is(native.credentialsEnter(1234, 5678, -1, 0o027), 0);
  const inside = make('a');
  native.credentialsLeave();
  t.is(inside.mode & 0o777, 0o750);
  t.deepEqual([inside.uid, inside.gid], root ? [1234, 5678] : [process.getuid!(), process.getgid!()]);
  const after = make('b');
  t.deepEqual([after.uid, after.gid], [process.getuid!(), process.getgid!()]);
  t.is(after.mode & 0o777, 0o777 & ~mask);
  if (!root) return;
  fs.mkdirSync(`${dir}/setgid`);
  fs.chownSync(`${dir}/setgid`, 0, 99);
  fs.chmodSync(`${dir}/setgid`, 0o2777);
  const setgid = native.openat2(dirfd, name('setgid'), O_PATH, 0, 0);
  const created = (file: string, group: number): number => {
    t.is(native.credentialsEnter(1234, 5678, group, -1), 0);
    const fd = native.openat2(setgid, name(file), O_CREAT | O_EXCL | O_RDWR, 0o2770, BENEATH);
    native.credentialsLeave();
    native.close(fd);
    const stat = fs.statSync(`${dir}/setgid/${file}`);
    t.is(stat.gid, 99);
    return stat.mode & 0o7777;
  };
  t.is(created('outsider', -1), 0o750, 'S_ISGID is only for members of the group');
  t.is(created('member', 99), 0o2750);
  native.close(setgid);
});

scene('a caller is judged by user, group and the groups of a process', (t, { dir, open }) => {
  if (!root) return void t.pass('only root becomes somebody else');
  const member = spawn('setpriv', ['--groups', '4242', 'sleep', '600']);
  t.teardown(() => member.kill());
  while (!/^Groups:\s*4242\b/m.test(fs.readFileSync(`/proc/${member.pid}/status`, 'utf8')));
  const may = (file: string, uid: number, gid: number, pid: number): number => {
    const fd = open(file);
    const error = native.credentialsBecome(uid, gid, pid, -1) || native.access(fd, fs.constants.R_OK);
    native.credentialsLeave();
    t.is(native.access(fd, fs.constants.R_OK), 0);
    return error;
  };
  for (const [file, uid, gid, mode] of [['user', 1234, 0, 0o400], ['group', 0, 5678, 0o040], ['groups', 0, 4242, 0o040]] as const) {
    fs.writeFileSync(`${dir}/${file}`, '');
    fs.chownSync(`${dir}/${file}`, uid, gid);
    fs.chmodSync(`${dir}/${file}`, mode);
  }
  t.is(may('user', 1234, 1, 0), 0);
  t.is(may('user', 1235, 1, 0), -errno.EACCES);
  t.is(may('group', 1234, 5678, 0), 0);
  t.is(may('group', 1234, 5679, 0), -errno.EACCES);
  t.is(may('groups', 1234, 1, member.pid!), 0);
  t.is(may('groups', 1234, 1, process.pid), -errno.EACCES);
  t.is(may('groups', 1234, 1, 0x7fffffff), -errno.EACCES);
});

test('the soft limit of fds rises to the hard one', (t) => {
  t.true(native.raiseFileLimit() >= 1024);
});
