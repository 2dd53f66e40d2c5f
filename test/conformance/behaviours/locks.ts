import { topic } from '../behaviour.js';
import { LOCK, type LockRange, O } from '../posix.js';

const range = (type: LockRange['type'], start: number, length: number): LockRange => ({ type, start, length });

export const locks = topic('lock', (it) => {
  it('flock: one exclusive, or several shared', 'flock(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDONLY);
    await fs.flock(one, LOCK.EX);
    await t.fails('EAGAIN', fs.flock(two, LOCK.SH | LOCK.NB));
    await fs.flock(one, LOCK.UN);
    await fs.flock(one, LOCK.SH);
    await fs.flock(two, LOCK.SH | LOCK.NB);
    await t.fails('EAGAIN', fs.flock(two, LOCK.EX | LOCK.NB));
  });
  it('flock gives the old lock up before it asks for another type', 'flock(2): conversion is not atomic', async (fs, t) => {
    const one = await t.opened('a');
    const [two, three] = [await fs.open('a', O.O_RDWR), await fs.open('a', O.O_RDWR)];
    await fs.flock(one, LOCK.SH);
    await fs.flock(two, LOCK.SH);
    await t.fails('EAGAIN', fs.flock(one, LOCK.EX | LOCK.NB));
    await fs.flock(two, LOCK.UN);
    await fs.flock(three, LOCK.EX | LOCK.NB);
  });
  it('flock ends with the last close', 'flock(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    const copy = await fs.dup(one);
    await fs.flock(one, LOCK.EX);
    await fs.close(one);
    await t.fails('EAGAIN', fs.flock(two, LOCK.EX | LOCK.NB));
    await fs.close(copy);
    await fs.flock(two, LOCK.EX | LOCK.NB);
  });
  it('an open file description\'s range excludes another\'s', 'fcntl(2) F_OFD_SETLK', async (fs, t) => {
    const one = await t.opened('a', 'hello');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 10, 10), true);
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('read', 19, 5), true));
    await fs.setLock(two, range('write', 20, 5), true);
    await fs.setLock(two, range('write', 0, 10), true);
  });
  it('readers share a range', 'fcntl(2) F_OFD_SETLK', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('read', 0, 0), true);
    await fs.setLock(two, range('read', 5, 5), true);
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('write', 5, 5), true));
  });
  it('a part is unlocked', 'fcntl(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 0, 30), true);
    await fs.setLock(one, range('unlock', 10, 10), true);
    await fs.setLock(two, range('write', 10, 10), true);
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('write', 9, 1), true));
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('write', 20, 1), true));
  });
  it('F_OFD_GETLK tells what is in the way', 'fcntl(2) F_OFD_GETLK', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    t.is((await fs.getLock(two, range('write', 0, 0), true)).type, 'unlock');
    await fs.setLock(one, range('write', 10, 10), true);
    t.is(await fs.getLock(two, range('read', 0, 0), true), range('write', 10, 10));
  });
  it('F_OFD_GETLK tells the first of several by offset', 'fcntl(2) F_OFD_GETLK', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 10, 10), true);
    await fs.setLock(one, range('read', 2, 4), true);
    t.is(await fs.getLock(two, range('write', 0, 0), true), range('read', 2, 4));
  });
  it('closing ends the locks of an open file description', 'fcntl(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 0, 0), true);
    await fs.close(one);
    await fs.setLock(two, range('write', 0, 0), true);
  });
  it('closing any fd of the file ends the process\'s locks', 'fcntl(2): traditional locks', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    const three = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 0, 0));
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('write', 0, 0), true));
    await fs.close(three);
    await fs.setLock(two, range('write', 0, 0), true);
  });
  it('the process\'s own locks never conflict', 'fcntl(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 0, 100));
    await fs.setLock(two, range('read', 0, 50));
    t.is((await fs.getLock(two, range('write', 0, 0))).type, 'unlock');
  });
  it('a range up to 2^62 is told apart exactly', 'fcntl(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, range('write', 2 ** 50, 1), true);
    await fs.setLock(two, range('write', 2 ** 50 + 1, 1), true);
    await t.fails('EAGAIN|EACCES', fs.setLock(two, range('write', 2 ** 50, 1), true));
  });
  it('a lock needs an fd open the right way', 'fcntl(2) EBADF', async (fs, t) => {
    await t.file('a');
    await t.fails('EBADF', fs.setLock(await fs.open('a', O.O_RDONLY), range('write', 0, 0), true));
  });
});
