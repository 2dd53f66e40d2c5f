import { constants } from 'node:fs';
import { Opcode } from '../../../core/protocol/opcode.js';
import {
  AttrOut, CopyFileRangeIn, CreateIn, EntryOut, FallocateIn, GetattrIn, GetxattrIn, IoctlIn, LkIn, LseekIn, OpenIn, OutHeader, ReadIn, ReleaseIn, SetattrIn, SetxattrIn, StatfsOut, WriteIn,
} from '../../../core/protocol/structs.js';
import { terminated } from '../../../driver/body.js';
import type { HostileCase } from '../case.js';
import { type Fuse, struct, told } from '../fuse.js';

const { O_RDONLY } = constants;
const FAR = 2n ** 63n - 1n;
const ALL = 2n ** 64n - 1n;
const text = (value: string): Uint8Array => terminated(value);
const bytes = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** What most cases need: nodes of the share, and handles that are open. */
interface Scene {
  readonly fuse: Fuse;
  readonly data: number;
  readonly dir: number;
  /** Of `target`, for reading and writing; for reading only; of the root. */
  readonly file: bigint;
  readonly reader: bigint;
  readonly root: bigint;
}

function one(name: string, expected: string, run: (scene: Scene) => Promise<string>): HostileCase {
  return {
    name: `request: ${name}`,
    expected,
    async run(world) {
      const fuse = await world.fuse();
      const [data, dir] = [await fuse.lookup('target'), await fuse.lookup('dir')];
      const [file, reader, root] = [await fuse.open(data), await fuse.open(data, O_RDONLY), await fuse.open(1, O_RDONLY, Opcode.OPENDIR)].map(BigInt);
      return run({ fuse, data, dir, file: file!, reader: reader!, root: root! });
    },
  };
}

const read = (fh: bigint, size: number, offset = 0n): Uint8Array => struct(ReadIn.size_, { [ReadIn.fh]: fh, [ReadIn.offset]: offset, [ReadIn.size]: size });
const write = (fh: bigint, size: number, offset = 0n, data = new Uint8Array(8), flags = 0): Uint8Array =>
  bytes(struct(WriteIn.size_, { [WriteIn.fh]: fh, [WriteIn.offset]: offset, [WriteIn.size]: size, [WriteIn.write_flags]: flags }), data);
const setattr = (valid: number, values: Record<number, number | bigint> = {}): Uint8Array => struct(SetattrIn.size_, { [SetattrIn.valid]: valid, ...values });
const lock = (fh: bigint, type: number, start = 0n, end = 10n, owner = 1n): Uint8Array =>
  struct(LkIn.size_, { [LkIn.fh]: fh, [LkIn.owner]: owner, [LkIn.lk]: start, [LkIn.lk + 8]: end, [LkIn.lk + 16]: type });
const fallocate = (fh: bigint, offset: bigint, length: bigint, mode = 0): Uint8Array =>
  struct(FallocateIn.size_, { [FallocateIn.fh]: fh, [FallocateIn.offset]: offset, [FallocateIn.length]: length, [FallocateIn.mode]: mode });
const seek = (fh: bigint, offset: bigint, whence: number): Uint8Array => struct(LseekIn.size_, { [LseekIn.fh]: fh, [LseekIn.offset]: offset, [LseekIn.whence]: whence });
const ioctl = (fh: bigint, inSize: number, outSize: number, cmd = 0x1234): Uint8Array =>
  struct(IoctlIn.size_, { [IoctlIn.fh]: fh, [IoctlIn.cmd]: cmd, [IoctlIn.in_size]: inSize, [IoctlIn.out_size]: outSize });
const copy = (from: bigint, node: bigint, to: bigint, length: bigint, flags = 0n, offset = 0n): Uint8Array =>
  struct(CopyFileRangeIn.size_, { [CopyFileRangeIn.fh_in]: from, [CopyFileRangeIn.off_in]: offset, [CopyFileRangeIn.nodeid_out]: node, [CopyFileRangeIn.fh_out]: to, [CopyFileRangeIn.len]: length, [CopyFileRangeIn.flags]: flags });
const getxattr = (size: number, name: Uint8Array): Uint8Array => bytes(struct(GetxattrIn.size_, { [GetxattrIn.size]: size }), name);
const setxattr = (size: number, name: Uint8Array, value = new Uint8Array(0), flags = 0): Uint8Array =>
  bytes(struct(SetxattrIn.size_, { [SetxattrIn.size]: size, [SetxattrIn.flags]: flags }), name, value);
const getattr = (flags = 0, fh = 0n): Uint8Array => struct(GetattrIn.size_, { [GetattrIn.getattr_flags]: flags, [GetattrIn.fh]: fh });

/** Handles that are none of a file, or not of this one. */
const HANDLES: readonly (readonly [string, (scene: Scene) => bigint | Promise<bigint>])[] = [
  ['0', () => 0n],
  ['that was never given out', () => 12_345n],
  ['2^64 - 1', () => ALL],
  ['of another generation', ({ file }) => file + (1n << 32n)],
  ['of a directory', ({ root }) => root],
  ['that was released', async ({ fuse, data, reader }) => (await fuse.release(data, Number(reader)), reader)],
  ['of another file', async ({ fuse }) => BigInt(await fuse.open(await fuse.lookup('victim')))],
];

/** Node ids that are none of this guest's. */
const NODES: readonly (readonly [string, (scene: Scene) => number | Promise<number>])[] = [
  ['0', () => 0],
  ['that was never given out', () => 54_321],
  ['of 2^53 - 1', () => Number.MAX_SAFE_INTEGER],
  ['of the root, in another generation', () => 2 ** 32 + 1],
  ['in another generation', ({ data }) => data + 2 ** 32],
  ['that was forgotten', async ({ fuse, dir }) => (await fuse.device.forget(dir, 1), dir)],
];

const withHandles = HANDLES.flatMap(([what, of]) => ([
  ['READ', (fh: bigint) => read(fh, 100)],
  ['WRITE', (fh: bigint) => write(fh, 8)],
  ['FSYNC', (fh: bigint) => struct(16, { 0: fh })],
  ['FLUSH', (fh: bigint) => struct(24, { 0: fh })],
  ['LSEEK', (fh: bigint) => seek(fh, 0n, 3)],
  ['FALLOCATE', (fh: bigint) => fallocate(fh, 0n, 10n)],
  ['SETLK', (fh: bigint) => lock(fh, 1)],
  ['GETATTR', (fh: bigint) => getattr(1, fh)],
  ['SETATTR', (fh: bigint) => setattr(64 | 8, { [SetattrIn.fh]: fh, [SetattrIn.size]: 10_000n })],
  ['COPY_FILE_RANGE', (fh: bigint, node: number) => copy(fh, BigInt(node), fh, 10n)],
] as const).filter(([opcode]) => what !== '0' || !['GETATTR', 'SETATTR', 'SETLK', 'FSYNC', 'FLUSH', 'COPY_FILE_RANGE'].includes(opcode))
  .map(([opcode, body]) => one(`${opcode} with a handle ${what}`, 'EBADF', async (scene) =>
    scene.fuse.ask(Opcode[opcode], scene.data, body(await of(scene), scene.data)))));

const withNodes = NODES.flatMap(([what, of]) => ([
  ['GETATTR', getattr()], ['LOOKUP', text('target')], ['OPEN', struct(OpenIn.size_)], ['OPENDIR', struct(OpenIn.size_)], ['READLINK', new Uint8Array(0)],
  ['STATFS', new Uint8Array(0)], ['READ', read(1n, 10)], ['WRITE', write(1n, 8)],
] as const).map(([opcode, body]) => one(`${opcode} of a node ${what}`, 'ESTALE', async (scene) => scene.fuse.ask(Opcode[opcode], await of(scene), body))));

/** Requests whose reply has a body, with room for a byte less. */
const SHORT: readonly (readonly [Opcode, number, Uint8Array])[] = [
  [Opcode.GETATTR, AttrOut.size_, getattr()],
  [Opcode.LOOKUP, EntryOut.size_, text('target')],
  [Opcode.STATFS, StatfsOut.size_, new Uint8Array(0)],
  [Opcode.OPENDIR, 16, struct(OpenIn.size_)],
  [Opcode.CREATE, EntryOut.size_ + 16, bytes(struct(CreateIn.size_, { [CreateIn.flags]: 2 }), text('never'))],
  [Opcode.MKDIR, EntryOut.size_, bytes(struct(8, { 0: 0o755 }), text('never'))],
];

export const fuseCases: readonly HostileCase[] = [
  ...withHandles,
  ...withNodes,
  ...SHORT.map(([opcode, size, body]) => one(`${Opcode[opcode]} with a byte too little room for its answer`, 'EINVAL', ({ fuse }) => fuse.ask(opcode, 1, body, OutHeader.size_ + size - 1))),
  one('CREATE without room for its answer, which makes nothing', 'ENOENT', async ({ fuse }) => {
    await fuse.ask(Opcode.CREATE, 1, bytes(struct(CreateIn.size_, { [CreateIn.flags]: 2 }), text('never')), OutHeader.size_);
    return fuse.ask(Opcode.LOOKUP, 1, text('never'));
  }),
  one('GETATTR with room for half a header', 'no reply', ({ fuse }) => fuse.ask(Opcode.GETATTR, 1, getattr(), 8)),
  one('GETATTR without room', 'no reply', ({ fuse }) => fuse.ask(Opcode.GETATTR, 1, getattr(), 0)),
  one('READ with room for a header alone', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 100), OutHeader.size_)),

  one('LOOKUP in a file', 'ENOTDIR', ({ fuse, data }) => fuse.ask(Opcode.LOOKUP, data, text('x'))),
  one('OPEN of a directory', 'EISDIR', ({ fuse, dir }) => fuse.ask(Opcode.OPEN, dir, struct(OpenIn.size_))),
  one('OPENDIR of a file', 'ENOTDIR', ({ fuse, data }) => fuse.ask(Opcode.OPENDIR, data, struct(OpenIn.size_))),
  one('OPEN of a FIFO, which is never opened', 'ENXIO', async ({ fuse }) => fuse.ask(Opcode.OPEN, await fuse.lookup('fifo'), struct(OpenIn.size_))),
  one('OPEN of a symbolic link', 'ENXIO', async ({ fuse }) => fuse.ask(Opcode.OPEN, await fuse.lookup('link'), struct(OpenIn.size_))),
  one('OPEN with all flags, of which those of a share count', 'ok', ({ fuse, data }) => fuse.ask(Opcode.OPEN, data, struct(OpenIn.size_, { [OpenIn.flags]: 0xffff_ffff }))),
  one('READLINK of a file', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.READLINK, data)),
  one('READLINK with room for two bytes', 'ok', async ({ fuse }) => fuse.ask(Opcode.READLINK, await fuse.lookup('link'), undefined, OutHeader.size_ + 2)),
  one('RELEASE twice', 'EBADF', async ({ fuse, data, file }) => (await fuse.release(data, Number(file)), fuse.release(data, Number(file)))),
  one('RELEASE of a directory\'s handle', 'EBADF', ({ fuse, root }) => fuse.release(1, Number(root))),
  one('RELEASEDIR of a file\'s handle', 'EBADF', ({ fuse, data, file }) => fuse.release(data, Number(file), Opcode.RELEASEDIR)),
  one('RELEASE of handle 2^64 - 1', 'EBADF', ({ fuse, data }) => fuse.ask(Opcode.RELEASE, data, struct(ReleaseIn.size_, { [ReleaseIn.fh]: ALL }))),

  one('READ of 2^32 - 1 bytes', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 0xffff_ffff))),
  one('READ of no byte', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 0))),
  one('READ behind the end', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 10, 2n ** 40n))),
  one('READ at 2^53', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 10, 2n ** 53n))),
  one('READ at 2^63 - 1', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 10, FAR))),
  one('READ at 2^64 - 1', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.READ, data, read(file, 10, ALL))),
  one('WRITE of more than the message has', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 4096))),
  one('WRITE of 2^32 - 1 bytes', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 0xffff_ffff))),
  one('WRITE of no byte', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 0))),
  one('WRITE at 2^53', 'EFBIG', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 8, 2n ** 53n))),
  one('WRITE at 2^63 - 1', 'EFBIG', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 8, FAR))),
  one('WRITE at 2^64 - 1', 'EFBIG', ({ fuse, data, file }) => fuse.ask(Opcode.WRITE, data, write(file, 8, ALL))),
  one('WRITE to what is open for reading', 'EBADF', ({ fuse, data, reader }) => fuse.ask(Opcode.WRITE, data, write(reader, 8))),

  one('READDIR with room for nothing', 'ok', ({ fuse, root }) => fuse.ask(Opcode.READDIR, 1, read(root, 4096), OutHeader.size_)),
  ...[0, 1, 23].map((size) => one(`READDIR of ${size} bytes`, 'ok', ({ fuse, root }) => fuse.ask(Opcode.READDIR, 1, read(root, size)))),
  one('READDIR of 2^32 - 1 bytes', 'ok', ({ fuse, root }) => fuse.ask(Opcode.READDIR, 1, read(root, 0xffff_ffff))),
  one('READDIRPLUS of 1 byte', 'ok', ({ fuse, root }) => fuse.ask(Opcode.READDIRPLUS, 1, read(root, 1))),
  one('READDIRPLUS of 2^32 - 1 bytes', 'ok', ({ fuse, root }) => fuse.ask(Opcode.READDIRPLUS, 1, read(root, 0xffff_ffff))),
  one('READDIR with a file\'s handle', 'EBADF', ({ fuse, data, file }) => fuse.ask(Opcode.READDIR, data, read(file, 4096))),
  one('READDIR with no handle', 'EBADF', ({ fuse }) => fuse.ask(Opcode.READDIR, 1, read(0n, 4096))),

  one('SETATTR of everything, to 2^32 - 1 and 2^64 - 1', 'EBADF', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, new Uint8Array(SetattrIn.size_).fill(0xff))),
  one('SETATTR of a size of 2^64 - 1', 'EFBIG', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, setattr(8, { [SetattrIn.size]: ALL }))),
  one('SETATTR of a size of 2^63', 'EFBIG', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, setattr(8, { [SetattrIn.size]: FAR + 1n }))),
  one('SETATTR of a directory\'s size', 'EINVAL', ({ fuse, dir }) => fuse.ask(Opcode.SETATTR, dir, setattr(8, { [SetattrIn.size]: 5n }))),
  one('SETATTR of a FIFO\'s size', 'EINVAL', async ({ fuse }) => fuse.ask(Opcode.SETATTR, await fuse.lookup('fifo'), setattr(8, { [SetattrIn.size]: 5n }))),
  one('SETATTR of a time with 2^32 - 1 nanoseconds, which are taken for 999,999,999', 'ok', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, setattr(32, { [SetattrIn.mtimensec]: 0xffff_ffff }))),
  one('SETATTR of nothing', 'ok', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, setattr(0))),
  one('SETATTR of bits that there are not', 'ok', ({ fuse, data }) => fuse.ask(Opcode.SETATTR, data, setattr(0xffff_0000))),

  one('GETXATTR of a name without a NUL', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.GETXATTR, data, getxattr(100, Buffer.from('user.x')))),
  one('GETXATTR of an empty name', 'ERANGE', ({ fuse, data }) => fuse.ask(Opcode.GETXATTR, data, getxattr(100, text('')))),
  one('GETXATTR of a name of 256 bytes', 'ERANGE', ({ fuse, data }) => fuse.ask(Opcode.GETXATTR, data, getxattr(100, text(`user.${'x'.repeat(251)}`)))),
  one('GETXATTR of an attribute that there is not', 'ENODATA', ({ fuse, data }) => fuse.ask(Opcode.GETXATTR, data, getxattr(100, text('user.none')))),
  one('GETXATTR with room for a byte', 'ERANGE', async ({ fuse, data }) => {
    await fuse.ask(Opcode.SETXATTR, data, setxattr(5, text('user.five'), Buffer.from('five!')));
    return fuse.ask(Opcode.GETXATTR, data, getxattr(1, text('user.five')));
  }),
  one('GETXATTR that says 2^32 - 1 bytes and has less room than the value', 'ok', async ({ fuse, data }) => {
    await fuse.ask(Opcode.SETXATTR, data, setxattr(5, text('user.five'), Buffer.from('five!')));
    return fuse.ask(Opcode.GETXATTR, data, getxattr(0xffff_ffff, text('user.five')), OutHeader.size_ + 8);
  }),
  one('GETXATTR of a size, with room for half of it', 'EINVAL', async ({ fuse, data }) => {
    await fuse.ask(Opcode.SETXATTR, data, setxattr(5, text('user.five'), Buffer.from('five!')));
    return fuse.ask(Opcode.GETXATTR, data, getxattr(0, text('user.five')), OutHeader.size_ + 4);
  }),
  one('LISTXATTR of a size, with room for half of it', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.LISTXATTR, data, struct(GetxattrIn.size_), OutHeader.size_ + 4)),
  one('SETXATTR of more bytes than the message has', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.SETXATTR, data, setxattr(4096, text('user.x')))),
  one('SETXATTR of 2^32 - 1 bytes', 'E2BIG', ({ fuse, data }) => fuse.ask(Opcode.SETXATTR, data, setxattr(0xffff_ffff, text('user.x')))),
  one('SETXATTR of 65537 bytes', 'E2BIG', ({ fuse, data }) => fuse.ask(Opcode.SETXATTR, data, setxattr(65537, text('user.x'), new Uint8Array(65537)))),
  one('SETXATTR of a name without a NUL', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.SETXATTR, data, setxattr(0, Buffer.from('user.x')))),
  one('SETXATTR with flags that there are not', 'EINVAL', ({ fuse, data }) => fuse.ask(Opcode.SETXATTR, data, setxattr(1, text('user.x'), new Uint8Array(1), 0xffff))),
  one('LISTXATTR with room for a byte', 'ERANGE', async ({ fuse, data }) => {
    await fuse.ask(Opcode.SETXATTR, data, setxattr(5, text('user.five'), Buffer.from('five!')));
    return fuse.ask(Opcode.LISTXATTR, data, struct(GetxattrIn.size_, { [GetxattrIn.size]: 1 }));
  }),
  one('REMOVEXATTR of an empty name', 'ERANGE', ({ fuse, data }) => fuse.ask(Opcode.REMOVEXATTR, data, text(''))),

  one('IOCTL that there is not', 'ENOTTY', ({ fuse, data, file }) => fuse.ask(Opcode.IOCTL, data, ioctl(file, 0, 0))),
  one('IOCTL of more bytes than the message has', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.IOCTL, data, ioctl(file, 4096, 0))),
  one('IOCTL of 2^32 - 1 bytes', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.IOCTL, data, ioctl(file, 0xffff_ffff, 0xffff_ffff))),
  one('IOCTL that wants 2^32 - 1 bytes back', 'ENOTTY', ({ fuse, data, file }) => fuse.ask(Opcode.IOCTL, data, ioctl(file, 0, 0xffff_ffff))),
  one('IOCTL that asks for a file\'s flags, without room for them', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.IOCTL, data, ioctl(file, 0, 8, 0x8008_6601), OutHeader.size_ + 16)),

  one('LSEEK with a whence that there is not', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.LSEEK, data, seek(file, 0n, 99))),
  one('LSEEK to data at -1', 'ENXIO', ({ fuse, data, file }) => fuse.ask(Opcode.LSEEK, data, seek(file, ALL, 3))),
  one('LSEEK to data at 2^63 - 1', 'ENXIO', ({ fuse, data, file }) => fuse.ask(Opcode.LSEEK, data, seek(file, FAR, 3))),
  one('FALLOCATE of no byte', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.FALLOCATE, data, fallocate(file, 0n, 0n))),
  one('FALLOCATE up to 2^64', 'EFBIG', ({ fuse, data, file }) => fuse.ask(Opcode.FALLOCATE, data, fallocate(file, FAR, FAR))),
  one('FALLOCATE in a mode that there is not', 'ENOTSUP', ({ fuse, data, file }) => fuse.ask(Opcode.FALLOCATE, data, fallocate(file, 0n, 10n, 0xffff))),
  one('FALLOCATE of what is open for reading', 'EBADF', ({ fuse, data, reader }) => fuse.ask(Opcode.FALLOCATE, data, fallocate(reader, 0n, 10n))),
  one('COPY_FILE_RANGE to a node that there is not', 'ESTALE', ({ fuse, data, file }) => fuse.ask(Opcode.COPY_FILE_RANGE, data, copy(file, 12_345n, file, 10n))),
  one('COPY_FILE_RANGE to a handle that there is not', 'EBADF', ({ fuse, data, file }) => fuse.ask(Opcode.COPY_FILE_RANGE, data, copy(file, BigInt(data), 12_345n, 10n))),
  one('COPY_FILE_RANGE with flags that there are not', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.COPY_FILE_RANGE, data, copy(file, BigInt(data), file, 10n, ALL))),
  one('COPY_FILE_RANGE of a file onto itself', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.COPY_FILE_RANGE, data, copy(file, BigInt(data), file, 10n))),
  one('COPY_FILE_RANGE from 2^64 - 1', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.COPY_FILE_RANGE, data, copy(file, BigInt(data), file, 10n, 0n, ALL))),

  one('SETLK of a type that there is not', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.SETLK, data, lock(file, 7))),
  one('SETLK of a range that ends before it starts', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.SETLK, data, lock(file, 1, 10n, 5n))),
  one('SETLK from 2^64 - 1', 'ok', ({ fuse, data, file }) => fuse.ask(Opcode.SETLK, data, lock(file, 1, ALL, ALL))),
  one('GETLK of a type that there is not', 'EINVAL', ({ fuse, data, file }) => fuse.ask(Opcode.GETLK, data, lock(file, 0xffff_ffff))),
  one('SETLKW that waits for a lock which waits for it', 'EDEADLK', async ({ fuse, data, file }) => {
    await fuse.ask(Opcode.SETLK, data, lock(file, 1, 0n, 0n, 1n));
    await fuse.ask(Opcode.SETLK, data, lock(file, 1, 1n, 1n, 2n));
    const waiting = fuse.ask(Opcode.SETLKW, data, lock(file, 1, 1n, 1n, 1n));
    const answer = await fuse.ask(Opcode.SETLKW, data, lock(file, 1, 0n, 0n, 2n));
    await fuse.ask(Opcode.SETLK, data, lock(file, 2, 0n, 10n, 2n));
    await waiting;
    return answer;
  }),
  one('300 locks that wait, of which half may', 'ENOLCK', async ({ fuse, data, file }) => {
    await fuse.ask(Opcode.SETLK, data, lock(file, 1, 0n, 0n, 1n));
    const waiting = Array.from({ length: 300 }, (_, i) => fuse.raw(fuse.message(Opcode.SETLKW, data, lock(file, 1, 0n, 0n, BigInt(i + 2)))).then(told));
    const answer = await Promise.race(waiting);
    await fuse.ask(Opcode.DESTROY, 0);
    await Promise.all(waiting);
    return answer;
  }),

  one('extension headers longer than the message', 'EINVAL', ({ fuse }) => extended(fuse, new Uint8Array(0), 1000)),
  one('an extension header of no bytes', 'EINVAL', ({ fuse }) => extended(fuse, new Uint8Array(8))),
  one('an extension header that says more than there is', 'EINVAL', ({ fuse }) => extended(fuse, struct(8, { 0: 4096, 4: 32 }))),
  one('2^32 - 1 supplementary groups', 'EINVAL', ({ fuse }) => extended(fuse, struct(16, { 0: 16, 4: 32, 8: 0xffff_ffff }))),
];

/** MKDIR with extensions at its end. */
async function extended(fuse: Fuse, extension: Uint8Array, units = extension.length / 8): Promise<string> {
  const message = fuse.message(Opcode.MKDIR, 1, bytes(struct(8, { 0: 0o755 }), text('extended'), extension));
  new DataView(message.buffer).setUint16(36, units, true);
  return told(await fuse.raw(message));
}
