// npm-binding.mjs MODULE SOURCE MOUNTPOINT: passes a folder through with fuse-native, or fuse-napi, whose interface is the
// same. As their documents show it: callbacks by path, node:fs underneath.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const [module, source, mountpoint] = process.argv.slice(2);
const Fuse = createRequire(import.meta.url)(module);
const at = (name) => path.join(source, name);
const errno = (error) => (error ? -(os.constants.errno[error.code] ?? os.constants.errno.EIO) : 0);
/** Node's callback into FUSE's: an errno, then the result. */
const answer = (done, convert = (value) => value) => (error, value) => (error ? done(errno(error)) : done(0, convert(value)));
const count = (done) => (error, bytes) => done(error ? errno(error) : bytes);
const whole = (stat) => ({ ...stat, mtime: stat.mtime, atime: stat.atime, ctime: stat.ctime });

const operations = {
  getattr: (name, done) => fs.lstat(at(name), answer(done, whole)),
  fgetattr: (name, fd, done) => fs.fstat(fd, answer(done, whole)),
  readdir: (name, done) => fs.readdir(at(name), answer(done)),
  readlink: (name, done) => fs.readlink(at(name), answer(done)),
  open: (name, flags, done) => fs.open(at(name), flags & ~os.constants.O_DIRECT, answer(done)),
  create: (name, mode, done) => fs.open(at(name), 'wx+', mode, answer(done)),
  release: (name, fd, done) => fs.close(fd, answer(done)),
  read: (name, fd, buffer, length, offset, done) => fs.read(fd, buffer, 0, length, offset, count(done)),
  write: (name, fd, buffer, length, offset, done) => fs.write(fd, buffer, 0, length, offset, count(done)),
  truncate: (name, size, done) => fs.truncate(at(name), size, answer(done)),
  unlink: (name, done) => fs.unlink(at(name), answer(done)),
  mkdir: (name, mode, done) => fs.mkdir(at(name), { mode }, answer(done)),
  rmdir: (name, done) => fs.rmdir(at(name), answer(done)),
  rename: (from, to, done) => fs.rename(at(from), at(to), answer(done)),
  chmod: (name, mode, done) => fs.chmod(at(name), mode, answer(done)),
  utimens: (name, atime, mtime, done) => fs.utimes(at(name), new Date(atime), new Date(mtime), answer(done)),
};

const fuse = new Fuse(mountpoint, operations, { force: true });
fuse.mount((error) => {
  if (error) throw error;
});
// fuse-napi lets the process end while it serves.
setInterval(() => {}, 1 << 30);
process.once('SIGTERM', () => fuse.unmount(() => process.exit(0)));
