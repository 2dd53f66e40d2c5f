import { Opcode } from '../../../core/protocol/opcode.js';
import { InHeader, OutHeader } from '../../../core/protocol/structs.js';
import { nameBytes } from '../../../core/protocol/names.js';
import { PosixError, type User } from '../posix.js';

/** A struct of `size` bytes with these fields at byte offsets: numbers take 4 bytes, bigints 8. */
export function struct(size: number, fields: Readonly<Record<number, number | bigint>>): Buffer {
  const bytes = Buffer.alloc(size);
  for (const [offset, value] of Object.entries(fields)) {
    if (typeof value === 'bigint') bytes.writeBigUInt64LE(BigInt.asUintN(64, value), Number(offset));
    else bytes.writeUInt32LE(value >>> 0, Number(offset));
  }
  return bytes;
}

/** A name or path with its NUL. */
export const terminated = (text: string): Buffer => Buffer.concat([nameBytes(text), Buffer.alloc(1)]);

/** What a kernel learns from the first ENOSYS and stops asking: these succeed from then on, others have another errno. */
const absent: Partial<Record<Opcode, string>> = {
  [Opcode.FLUSH]: '', [Opcode.FSYNC]: '', [Opcode.FSYNCDIR]: '', [Opcode.SYNCFS]: '',
  [Opcode.GETXATTR]: 'EOPNOTSUPP', [Opcode.SETXATTR]: 'EOPNOTSUPP', [Opcode.LISTXATTR]: 'EOPNOTSUPP', [Opcode.REMOVEXATTR]: 'EOPNOTSUPP',
  [Opcode.FALLOCATE]: 'EOPNOTSUPP', [Opcode.TMPFILE]: 'EOPNOTSUPP', [Opcode.RENAME2]: 'EINVAL',
};
const numbers = { EOPNOTSUPP: 95, EINVAL: 22, ENOSYS: 38 } as const;

/** Whether a call failed because the file system has no handler for it. */
export const isAbsent = (error: unknown): boolean => error instanceof PosixError && error.errno === numbers.ENOSYS;

/** Requests as a kernel frames them, replies checked as a kernel checks them. */
export class Connection {
  /** Who makes the requests. */
  caller: User = { uid: 0, gid: 0 };
  private unique = 0n;

  constructor(private readonly send: (message: Uint8Array) => Promise<Uint8Array>) {}

  /** The reply's body. Throws a `PosixError` when the file system answers with an error, another one when it breaks the protocol. */
  async request(opcode: Opcode, node: bigint, ...parts: Uint8Array[]): Promise<Buffer> {
    const name = Opcode[opcode];
    const unique = (this.unique += 2n);
    const reply = Buffer.from(await this.send(this.message(opcode, node, unique, parts)));
    if (reply.length < OutHeader.size_ || reply.readUInt32LE(OutHeader.len) !== reply.length) throw new Error(`${name}: a reply of wrong length`);
    if (reply.readBigUInt64LE(OutHeader.unique) !== unique) throw new Error(`${name}: the reply of another request`);
    const error = reply.readInt32LE(OutHeader.error);
    if (error < -511 || error > 0) throw new Error(`${name}: error ${error}`);
    if (error === 0) return reply.subarray(OutHeader.size_);
    const instead = absent[opcode];
    if (-error !== numbers.ENOSYS || instead === undefined) throw new PosixError(-error, name);
    if (instead === '') return Buffer.alloc(0);
    throw new PosixError(numbers[instead as 'EINVAL'], name);
  }

  /** A request that has no reply. */
  async tell(opcode: Opcode, node: bigint, ...parts: Uint8Array[]): Promise<void> {
    const reply = await this.send(this.message(opcode, node, (this.unique += 2n), parts));
    if (reply.length > 0) throw new Error(`${Opcode[opcode]} was answered`);
  }

  private message(opcode: Opcode, node: bigint, unique: bigint, parts: readonly Uint8Array[]): Buffer {
    const length = parts.reduce((sum, part) => sum + part.length, InHeader.size_);
    const header = struct(InHeader.size_, {
      [InHeader.len]: length, [InHeader.opcode]: opcode, [InHeader.unique]: unique, [InHeader.nodeid]: node, [InHeader.uid]: this.caller.uid, [InHeader.gid]: this.caller.gid, [InHeader.pid]: process.pid,
    });
    return Buffer.concat([header, ...parts]);
  }
}
