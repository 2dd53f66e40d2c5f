import { Opcode } from '../../../core/protocol/opcode.js';
import { CreateIn, LinkIn, MkdirIn, MknodIn, Rename2In } from '../../../core/protocol/structs.js';
import type { HostileCase } from '../case.js';
import { struct } from '../fuse.js';

/** Bytes of names that are none, and what to answer; the host is never asked. */
const BAD: readonly (readonly [what: string, bytes: Uint8Array, errno: string])[] = [
  ['without a NUL', Buffer.from('name'), 'EINVAL'],
  ['of no bytes at all', new Uint8Array(0), 'EINVAL'],
  ['that is empty', Buffer.from('\0'), 'EINVAL'],
  ['.', Buffer.from('.\0'), 'EINVAL'],
  ['..', Buffer.from('..\0'), 'EINVAL'],
  ['with a slash', Buffer.from('dir/inner\0'), 'EINVAL'],
  ['that leads out of the share', Buffer.from('../../etc/passwd\0'), 'EINVAL'],
  ['that is absolute', Buffer.from('/etc/passwd\0'), 'EINVAL'],
  ['of 256 bytes', Buffer.from(`${'n'.repeat(256)}\0`), 'ENAMETOOLONG'],
  ['of 6000 bytes', Buffer.from(`${'n'.repeat(6000)}\0`), 'ENAMETOOLONG'],
];

/** Requests that end with the name of an entry of the root, and what stands before it. */
const NAMED: readonly (readonly [Opcode, Uint8Array])[] = [
  [Opcode.LOOKUP, new Uint8Array(0)],
  [Opcode.UNLINK, new Uint8Array(0)],
  [Opcode.RMDIR, new Uint8Array(0)],
  [Opcode.MKDIR, struct(MkdirIn.size_, { [MkdirIn.mode]: 0o755 })],
  [Opcode.MKNOD, struct(MknodIn.size_, { [MknodIn.mode]: 0o100644 })],
  [Opcode.CREATE, struct(CreateIn.size_, { [CreateIn.flags]: 2, [CreateIn.mode]: 0o644 })],
];

const one = (name: string, expected: string, opcode: Opcode, body: Uint8Array): HostileCase =>
  ({ name: `name: ${name}`, expected, run: async (world) => (await world.fuse()).ask(opcode, 1, body) });

const bytes = (...parts: (string | Uint8Array)[]): Uint8Array => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const rename = (newdir = 1n, flags = 0): Uint8Array => struct(Rename2In.size_, { [Rename2In.newdir]: newdir, [Rename2In.flags]: flags });

export const nameCases: readonly HostileCase[] = [
  ...NAMED.flatMap(([opcode, before]) => BAD.map(([what, name, errno]) => one(`${Opcode[opcode]} of a name ${what}`, errno, opcode, bytes(before, name)))),
  ...BAD.slice(0, 9).map(([what, name, errno]) => one(`RENAME2 of a name ${what}`, errno, Opcode.RENAME2, bytes(rename(), name, what.startsWith('without') || what.startsWith('of no') ? '' : 'new\0'))),
  ...BAD.slice(0, 9).map(([what, name, errno]) => one(`RENAME2 to a name ${what}`, errno, Opcode.RENAME2, bytes(rename(), 'victim\0', name))),
  ...BAD.slice(1, 9).map(([what, name, errno]) => one(`SYMLINK of a name ${what}`, errno, Opcode.SYMLINK, bytes(name, what.startsWith('of no') ? '' : 'target\0'))),
  one('a NUL within a name, which ends there', 'ENOENT', Opcode.LOOKUP, bytes('nothing\0target\0')),
  one('a name of 255 bytes, which is none too long', 'ENOENT', Opcode.LOOKUP, bytes(`${'n'.repeat(255)}\0`)),
  one('a name that is not UTF-8', 'ENOENT', Opcode.LOOKUP, Uint8Array.of(0xff, 0xfe, 0x80, 0)),
  one('a name of control characters', 'ENOENT', Opcode.LOOKUP, Uint8Array.of(1, 10, 13, 27, 127, 0)),
  one('SYMLINK to nothing', 'ENOENT', Opcode.SYMLINK, bytes('new\0\0')),
  one('SYMLINK without a target', 'EINVAL', Opcode.SYMLINK, bytes('new\0')),
  one('SYMLINK to a target without a NUL', 'EINVAL', Opcode.SYMLINK, bytes('new\0target')),
  one('SYMLINK to 5000 bytes', 'ENAMETOOLONG', Opcode.SYMLINK, bytes('new\0', `${'t'.repeat(5000)}\0`)),
  one('RENAME2 with one name', 'EINVAL', Opcode.RENAME2, bytes(rename(), 'victim\0')),
  one('RENAME2 into a directory that there is not', 'ESTALE', Opcode.RENAME2, bytes(rename(12_345n), 'victim\0new\0')),
  one('RENAME2 with flags that there are not', 'EINVAL', Opcode.RENAME2, bytes(rename(1n, 0xffff_fff0), 'victim\0new\0')),
  one('RENAME2 of a directory into itself', 'EINVAL', Opcode.RENAME2, bytes(rename(1n, 3), 'dir\0new\0')),
  one('LINK of a node that there is not', 'ESTALE', Opcode.LINK, bytes(struct(LinkIn.size_, { [LinkIn.oldnodeid]: 12_345n }), 'new\0')),
  one('LINK of the root', 'EPERM', Opcode.LINK, bytes(struct(LinkIn.size_, { [LinkIn.oldnodeid]: 1n }), 'new\0')),
  one('MKNOD of a type that there is not', 'EINVAL', Opcode.MKNOD, bytes(struct(MknodIn.size_, { [MknodIn.mode]: 0o170644 }), 'new\0')),
];
