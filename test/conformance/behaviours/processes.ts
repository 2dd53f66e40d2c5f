import { topic } from '../behaviour.js';
import { LOCK, type LockRange, O, type Posix } from '../posix.js';
import type { Scene } from '../scene.js';

const SIGUSR1 = 10;
const SIGKILL = 9;
const all: LockRange = { type: 'write', start: 0, length: 0 };
const shared: LockRange = { ...all, type: 'read' };
/** virtio_fs_send_interrupt() of the kernel does nothing. */
const uninterrupted = { skip: { guest: 'Linux sends no INTERRUPT over virtio-fs' } };
const none: LockRange = { ...all, type: 'unlock' };

/** A process that has the lock, and keeps it. */
async function holder(fs: Posix, t: Scene, fd: number, range: LockRange) {
  const process = await fs.spawn({ fd, range }, 'hold');
  t.ok(await process.asleep(), 'the lock is had and held');
  return process;
}
/** A process that waits for the lock. */
async function waiter(fs: Posix, t: Scene, fd: number, range: LockRange, ofd = false) {
  const process = await fs.spawn({ fd, range, ofd, wait: true });
  t.ok(await process.asleep(), 'the lock is waited for');
  return process;
}

export const processes = topic('process', (it) => {
  it('a lock of one excludes another', 'fcntl(2) F_SETLK EAGAIN', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    t.is(await (await fs.spawn({ fd, range: shared })).ended(), 'EAGAIN');
  });
  it('locks on ranges apart are had by both', 'fcntl(2) F_SETLK', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, { type: 'write', start: 0, length: 10 });
    t.is(await (await fs.spawn({ fd, range: { type: 'write', start: 10, length: 10 } })).ended(), '');
  });
  it('read locks are had by both', 'fcntl(2) F_RDLCK', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, shared);
    t.is([await (await fs.spawn({ fd, range: shared })).ended(), await (await fs.spawn({ fd, range: all })).ended()], ['', 'EAGAIN']);
  });
  it('a child does not have its parent\'s locks', 'fork(2), fcntl(2)', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    t.is(await (await fs.spawn({ fd, range: none }, { fd, range: all })).ended(), 'EAGAIN');
  });
  it('a child does have its parent\'s open file description locks', 'fcntl(2) F_OFD_SETLK', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all, true);
    t.is(await (await fs.spawn({ fd, range: all, ofd: true })).ended(), '');
  });
  it('the range that is in the way is told', 'fcntl(2) F_GETLK', async (fs, t) => {
    const fd = await t.opened('a');
    const range: LockRange = { type: 'write', start: 7, length: 5 };
    await holder(fs, t, fd, range);
    t.is(await fs.getLock(fd, all), range);
  });
  it('the exit of one ends its locks', 'fcntl(2): traditional locks', async (fs, t) => {
    const fd = await t.opened('a');
    t.is(await (await fs.spawn({ fd, range: all })).ended(), '');
    await fs.setLock(fd, all);
  });
  it('the death of one ends its locks', 'fcntl(2), kill(2)', async (fs, t) => {
    const fd = await t.opened('a');
    const other = await holder(fs, t, fd, all);
    await t.fails('EAGAIN|EACCES', fs.setLock(fd, all));
    await other.signal(SIGKILL);
    t.is(await other.ended(), 'signal 9');
    await fs.setLock(fd, all);
  });
  it('one that waits has the lock after an unlock', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const other = await waiter(fs, t, fd, all);
    await fs.setLock(fd, none);
    t.is(await other.ended(), '');
  });
  it('one that waits has the lock after a close', 'fcntl(2) F_SETLKW, close(2)', async (fs, t) => {
    const fd = await t.opened('a');
    const second = await fs.open('a', O.O_RDWR);
    await fs.setLock(fd, all);
    const other = await waiter(fs, t, fd, all);
    await fs.close(second);
    t.is(await other.ended(), '');
  });
  it('one that waits has the lock after the owner\'s death', 'fcntl(2) F_SETLKW, kill(2)', async (fs, t) => {
    const fd = await t.opened('a');
    const owner = await holder(fs, t, fd, all);
    const other = await waiter(fs, t, fd, all);
    await owner.signal(SIGKILL);
    t.is(await other.ended(), '');
  });
  it('one that waits to read has the lock after a downgrade', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const other = await waiter(fs, t, fd, shared);
    await fs.setLock(fd, shared);
    t.is(await other.ended(), '');
  });
  it('several that wait to read have the lock at once', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const others = [await waiter(fs, t, fd, shared), await waiter(fs, t, fd, shared)];
    await fs.setLock(fd, none);
    for (const other of others) t.is(await other.ended(), '');
  });
  it('several that wait to write have the lock one after another', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const others = [await waiter(fs, t, fd, all), await waiter(fs, t, fd, all), await waiter(fs, t, fd, all)];
    await fs.setLock(fd, none);
    for (const other of others) t.is(await other.ended(), '');
  });
  it('an unlock of its part is enough for one that waits', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const other = await waiter(fs, t, fd, { type: 'write', start: 100, length: 10 });
    await fs.setLock(fd, { type: 'unlock', start: 90, length: 30 });
    t.is(await other.ended(), '');
  });
  it('a signal ends the wait', 'fcntl(2) F_SETLKW EINTR', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.setLock(fd, all);
    const other = await waiter(fs, t, fd, all);
    await other.signal(SIGUSR1);
    t.is(await other.ended(), 'EINTR');
  }, uninterrupted);
  it('one that was interrupted or killed while it waited never has the lock', 'fcntl(2) F_SETLKW', async (fs, t) => {
    const fd = await t.opened('a');
    const ofd = await fs.open('a', O.O_RDWR);
    await fs.setLock(fd, all);
    for (const signal of [SIGUSR1, SIGKILL]) {
      const other = await waiter(fs, t, fd, all);
      await other.signal(signal);
      await other.ended();
    }
    await fs.setLock(fd, none);
    await fs.setLock(ofd, all, true);
  }, uninterrupted);
  it('an open file description waits for a process and a process for it', 'fcntl(2) F_OFD_SETLKW', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.setLock(one, all);
    const first = await waiter(fs, t, two, all, true);
    await fs.setLock(one, none);
    t.is(await first.ended(), '');
    const second = await waiter(fs, t, one, all);
    await fs.setLock(two, none, true);
    t.is(await second.ended(), '');
  });
  it('flock is waited for', 'flock(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.flock(one, LOCK.EX);
    const other = await fs.spawn({ fd: two, flock: LOCK.EX });
    t.ok(await other.asleep(), 'it waits');
    await fs.flock(one, LOCK.UN);
    t.is(await other.ended(), '');
  });
  it('a signal ends the wait for flock', 'flock(2) EINTR', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.flock(one, LOCK.EX);
    const other = await fs.spawn({ fd: two, flock: LOCK.EX });
    t.ok(await other.asleep(), 'it waits');
    await other.signal(SIGUSR1);
    t.is(await other.ended(), 'EINTR');
  }, uninterrupted);
  it('a child has its parent\'s flock and may end it', 'flock(2), fork(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    await fs.flock(one, LOCK.EX);
    t.is(await (await fs.spawn({ fd: one, flock: LOCK.UN })).ended(), '');
    await fs.flock(two, LOCK.EX | LOCK.NB);
  });
  it('an exit leaves the flock to the parent, who has it open, too', 'flock(2)', async (fs, t) => {
    const one = await t.opened('a');
    const two = await fs.open('a', O.O_RDWR);
    t.is(await (await fs.spawn({ fd: one, flock: LOCK.EX })).ended(), '');
    await t.fails('EAGAIN', fs.flock(two, LOCK.EX | LOCK.NB));
  });
  it('flock and fcntl locks do not see each other', 'flock(2) NOTES', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.flock(fd, LOCK.EX);
    t.is(await (await fs.spawn({ fd, range: all })).ended(), '');
  });
  it('two that append at once lose nothing', 'open(2) O_APPEND', async (fs, t) => {
    await t.file('a');
    const fds = [await fs.open('a', O.O_WRONLY | O.O_APPEND), await fs.open('a', O.O_WRONLY | O.O_APPEND)];
    const write = (fd: number, text: string) => Array.from({ length: 100 }, () => ({ fd, write: text.repeat(50) }));
    const others = [await fs.spawn(...write(fds[0]!, 'a')), await fs.spawn(...write(fds[1]!, 'b'))];
    for (const other of others) t.is(await other.ended(), '');
    t.is((await t.content('a')).match(/a{50}|b{50}/g)?.length, 200);
  });
  it('two that share a position write one behind the other', 'fork(2), write(2): one open file description', async (fs, t) => {
    const fd = await t.opened('a');
    const write = (text: string) => Array.from({ length: 50 }, () => ({ fd, write: text.repeat(20) }));
    const others = [await fs.spawn(...write('a')), await fs.spawn(...write('b'))];
    for (const other of others) t.is(await other.ended(), '');
    t.is((await t.content('a')).match(/a{20}|b{20}/g)?.length, 100);
  });
  it('what another writes is read', 'write(2): POSIX requires', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const second = await fs.open('a', O.O_RDWR);
    t.is(await (await fs.spawn({ fd: second, write: 'Jelly' })).ended(), '');
    t.is([await t.at(fd, 0, 9), await t.content('a')], ['Jelly', 'Jelly']);
  });
}, { kernel: 'processes are the kernel\'s' });
