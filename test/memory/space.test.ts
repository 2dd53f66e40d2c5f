import test from 'ava';
import { totalmem } from 'node:os';
import { memoryOptions } from '../../plugins/memory/index.js';
import { decodeAcl, encodeAcl } from '../conformance/acl-text.js';
import { FALLOC, O, type Posix, type PosixError } from '../conformance/posix.js';
import { visit } from './kernel.js';

const MiB = 2 ** 20;
const code = (call: Promise<unknown>): Promise<string> => call.then(() => 'ok', (error: PosixError) => error.code);
const create = (fs: Posix, path: string): Promise<number> => fs.open(path, O.O_RDWR | O.O_CREAT | O.O_EXCL);
const resident = (): number => process.memoryUsage.rss();

test('a write that does not fit is taken in part, the next one refused, and space given back serves again', (t) =>
  visit({ size: '64KiB' }, async (fs) => {
    const fd = await create(fs, 'a');
    t.is(await fs.pwrite(fd, Buffer.alloc(60_000), 0), 60_000);
    t.is(await fs.pwrite(fd, Buffer.alloc(60_000, 1), 60_000), 65_536 - 60_000);
    t.is(await code(fs.pwrite(fd, 'x', 65_536)), 'ENOSPC');
    t.is(await fs.pwrite(fd, 'still', 0), 5, 'what is there can be changed');
    await fs.ftruncate(fd, 10 * MiB);
    t.is((await fs.fstat(fd)).blocks, 128);
    await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, 0, 4096);
    t.is(await fs.pwrite(fd, 'x', 5 * MiB), 1);
    await fs.unlink('a');
    t.is((await fs.statfs('.')).bfree, 0, 'it is open');
    await fs.close(fd);
    t.is((await fs.statfs('.')).bfree, 16);
  }));

test('fallocate takes all of the space or none', (t) =>
  visit({ size: '1MiB' }, async (fs) => {
    const fd = await create(fs, 'a');
    await fs.pwrite(fd, 'x', 8192);
    t.is(await code(fs.fallocate(fd, 0, 0, MiB + 1)), 'ENOSPC');
    t.is(await code(fs.fallocate(fd, 0, 0, 2 ** 52)), 'ENOSPC');
    t.is(await code(fs.fallocate(fd, 0, 2 ** 52, 2 ** 53)), 'EFBIG');
    t.is((await fs.fstat(fd)).blocks, 8);
    await fs.fallocate(fd, 0, 0, MiB);
    t.is((await fs.statfs('.')).bfree, 0);
    t.is(await fs.pwrite(fd, Buffer.alloc(MiB, 1), 0), MiB, 'space set aside is there to be written');
    t.is((await fs.fstat(fd)).blocks, 2048);
  }));

test('inodes, further names and extended attributes are limited together', (t) =>
  visit({ inodes: 5 }, async (fs) => {
    for (const name of ['a', 'b', 'c']) await fs.close(await create(fs, name));
    await fs.link('a', 'd');
    t.is(await code(create(fs, 'e')), 'ENOSPC');
    t.is(await code(fs.mkdir('e')), 'ENOSPC');
    t.is(await code(fs.link('a', 'e')), 'ENOSPC');
    t.is(await code(fs.rename('a', 'b', 4)), 'ENOSPC', 'a whiteout is an inode');
    await fs.rename('a', 'b');
    t.like(await fs.statfs('.'), { files: 5, ffree: 1 });
    await fs.setxattr('b', 'user.big', Buffer.alloc(1000));
    t.is(await code(create(fs, 'e')), 'ENOSPC');
    await fs.removexattr('b', 'user.big');
    await fs.close(await create(fs, 'e'));
  }));

test('a default ACL that does not fit into a new file leaves nothing of it behind', (t) =>
  visit({ inodes: 4 }, async (fs) => {
    await fs.mkdir('d');
    await fs.setxattr('d', 'system.posix_acl_default', encodeAcl('u7 U1001:7 g5 m7 o0'));
    await fs.setxattr('d', 'user.big', Buffer.alloc(930));
    for (let i = 0; i < 3; i++) t.is(await code(create(fs, 'd/a')), 'ENOSPC');
    t.like(await fs.statfs('.'), { ffree: 1 });
    await fs.removexattr('d', 'user.big');
    await fs.close(await create(fs, 'd/a'));
    t.is(decodeAcl(await fs.getxattr('d/a', 'system.posix_acl_access')), 'u6 U1001:7 g5 m4 o0');
  }));

test('one byte far out takes one page', (t) =>
  visit({ size: '8KiB' }, async (fs) => {
    const fd = await create(fs, 'a');
    for (const at of [2 ** 40, 2 ** 53 - 2]) t.is(await fs.pwrite(fd, 'x', at), 1);
    t.like(await fs.fstat(fd), { size: 2 ** 53 - 1, blocks: 16 });
    t.is(await code(fs.pwrite(fd, 'x', 2 ** 53 - 1)), 'EFBIG');
    t.is(Buffer.from(await fs.pread(fd, 3, 2 ** 40 - 1)).toString(), '\0x\0');
  }));

test.serial('memory goes back to the system with the data', (t) =>
  visit({ size: '1GiB' }, async (fs) => {
    const before = resident();
    const fd = await create(fs, 'a');
    for (let at = 0; at < 256 * MiB; at += MiB) await fs.pwrite(fd, Buffer.alloc(MiB, 1), at);
    const full = resident();
    t.true(full - before > 250 * MiB);
    await fs.ftruncate(fd, 0);
    t.true(full - resident() > 100 * MiB, `${(full - before) / MiB} then ${(resident() - before) / MiB} MiB`);
  }));

test.serial('memory goes back to the system with the mount', async (t) => {
  const full = await visit({ size: '1GiB' }, async (fs) => {
    const fd = await create(fs, 'a');
    for (let at = 0; at < 256 * MiB; at += MiB) await fs.pwrite(fd, Buffer.alloc(MiB, 1), at);
    return resident();
  });
  t.true(full - resident() > 100 * MiB);
});

test('what was another file\'s is never seen in a new page', (t) =>
  visit({ size: '1MiB' }, async (fs) => {
    const secret = await create(fs, 'secret');
    await fs.pwrite(secret, Buffer.alloc(MiB, 's'), 0);
    await fs.ftruncate(secret, 0);
    const fd = await create(fs, 'a');
    for (let page = 0; page < 256; page++) await fs.pwrite(fd, 'a', page * 4096 + 17 * (page % 240));
    await fs.ftruncate(fd, MiB);
    t.false(Buffer.from(await fs.pread(fd, MiB, 0)).includes('s'));
  }));

test('sizes are bytes or a share of memory, modes octal', (t) => {
  const parse = (options: object) => memoryOptions.safeParse(options);
  t.like(parse({ size: '512MiB', mode: '750' }).data, { size: 512 * MiB, mode: 0o750 });
  t.is(parse({ size: '25%' }).data?.size, Math.floor(totalmem() / 4));
  t.like(parse({}).data, { size: Math.floor(totalmem() / 2), mode: 0o1777 });
  for (const wrong of [{ size: 'big' }, { size: '-1' }, { mode: '888' }, { mode: 755 }, { inodes: 1.5 }]) t.false(parse(wrong).success, JSON.stringify(wrong));
});
