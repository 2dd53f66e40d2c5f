import { WriteFlag } from '../../protocol/flags.js';
import {
  CopyFileRangeIn, CopyFileRangeOut, FallocateIn, InHeader, LseekIn, LseekOut, OutHeader, ReadIn, WriteIn, WriteOut,
} from '../../protocol/structs.js';
import { getI64, getU64, putU64 } from '../../protocol/words.js';
import { asErrno, Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Done } from '../result.js';
import { HandleRequest } from './open.js';

/** Largest offset served: file sizes are exact as JavaScript numbers up to here (8 PiB). */
const OFFSET_MAX = Number.MAX_SAFE_INTEGER;

/** READ: up to `size` bytes from `offset`; fewer mean end of file. */
export class ReadRequest extends HandleRequest<Uint8Array> {
  /** Bytes from the start of the file; no file reaches as far as the largest one. */
  get offset(): number {
    return Math.min(getU64(this.u32, this.args + (ReadIn.offset >> 2)), OFFSET_MAX);
  }
  /** Bytes wanted, never more than the reply has room for. */
  get size(): number {
    return Math.min(this.u32[this.args + (ReadIn.size >> 2)]!, this.room(0));
  }
  /** Asks for `size` bytes at most. */
  shorten(size: number): void {
    if (size < this.size) this.u32[this.args + (ReadIn.size >> 2)] = size;
  }
  /** open(2) flags of the open, as the kernel has them now. */
  get flags(): number {
    return this.u32[this.args + (ReadIn.flags >> 2)]!;
  }
  set flags(flags: number) {
    this.u32[this.args + (ReadIn.flags >> 2)] = flags;
  }

  /** Appends `source[start, start + length)` to the reply; what does not fit is left out. */
  send(source: Uint8Array, start: number, length: number): Done {
    const fit = Math.min(length, this.size - this.sent);
    const put = this.channel.put(this.slot, OutHeader.size_ + this.sent, source, start, fit);
    if (put > 0) this.sent += put;
    return Done;
  }
  /** Appends zeros: a hole. */
  sendZeros(length: number): Done {
    for (let left = Math.min(length, this.size - this.sent); left > 0; left -= zeros.length) this.send(zeros, 0, Math.min(left, zeros.length));
    return Done;
  }
  /** Reads `size` bytes of a file straight into the reply. */
  readFrom(fd: number): Done | Errno {
    const read = this.channel.putFromFd(this.slot, OutHeader.size_, fd, this.offset, this.size);
    if (read < 0) return asErrno(read);
    this.sent = read;
    return Done;
  }
  override encode(result: Uint8Array | Done): number {
    if (result !== Done) this.send(result, 0, result.length);
    return 0;
  }
}

const zeros = new Uint8Array(65536);

/** WRITE: `data` at `offset`; the answer is the number of bytes taken. */
export class WriteRequest extends HandleRequest<number> {
  override begin(): number {
    if (this.offset > OFFSET_MAX) return Errno.EFBIG;
    return this.size > this.length - InHeader.size_ - WriteIn.size_ ? Errno.EINVAL : super.begin();
  }
  get offset(): number {
    return getU64(this.u32, this.args + (WriteIn.offset >> 2));
  }
  /** Bytes to write, all of which the message holds. */
  get size(): number {
    return this.u32[this.args + (WriteIn.size >> 2)]!;
  }
  /** Leaves all but the first `size` bytes out. */
  shorten(size: number): void {
    if (size < this.size) this.u32[this.args + (WriteIn.size >> 2)] = size;
  }
  get flags(): number {
    return this.u32[this.args + (WriteIn.flags >> 2)]!;
  }
  /** `WriteFlag` bits. */
  get writeFlags(): number {
    return this.u32[this.args + (WriteIn.write_flags >> 2)]!;
  }
  /** The write comes from the kernel's page cache, not from a caller: `uid`, `gid` and `pid` mean nothing. */
  get fromCache(): boolean {
    return (this.writeFlags & WriteFlag.CACHE) !== 0;
  }
  /** The kernel asks that set-user-id, set-group-id and capabilities of the file be taken away. */
  get killPrivileges(): boolean {
    return (this.writeFlags & WriteFlag.KILL_SUIDGID) !== 0;
  }

  /** A copy of the data. */
  get data(): Uint8Array {
    return this.bytes(WriteIn.size_, this.size);
  }
  /** Copies `length` bytes of the data from `from` into `target[start…)`; the number copied. */
  copyTo(target: Uint8Array, start: number, from: number, length: number): number {
    return this.channel.get(this.slot, InHeader.size_ + WriteIn.size_ + from, target, start, length);
  }
  /** Writes the data straight to a file at `offset`, -1 for its end (the fd has O_APPEND); answers with the count. */
  writeTo(fd: number, offset: number, flags = 0): Done | Errno {
    const wrote = this.channel.getToFd(this.slot, InHeader.size_ + WriteIn.size_, fd, offset, this.size, flags);
    return wrote < 0 ? asErrno(wrote) : this.wrote(wrote);
  }
  /** What `wrote` answered with. */
  get count(): number {
    return this.body === 0 ? 0 : this.u32[this.out]!;
  }
  wrote(count: number): Done {
    this.u32[this.out] = count;
    this.u32[this.out + 1] = 0;
    this.body = WriteOut.size_;
    return Done;
  }
  override encode(result: number): number {
    if (this.body === 0) this.wrote(result);
    return 0;
  }
}

/** LSEEK: lseek(2) with SEEK_DATA or SEEK_HOLE; the answer is the offset found. */
export class LseekRequest extends HandleRequest<number> {
  get offset(): number {
    return getI64(this.u32, this.args + (LseekIn.offset >> 2));
  }
  get whence(): number {
    return this.u32[this.args + (LseekIn.whence >> 2)]!;
  }
  override encode(result: number): number {
    putU64(this.u32, this.out, result);
    this.body = LseekOut.size_;
    return 0;
  }
}

/** FALLOCATE: fallocate(2). */
export class FallocateRequest extends HandleRequest {
  get offset(): number {
    return getU64(this.u32, this.args + (FallocateIn.offset >> 2));
  }
  /** Bytes. */
  get size(): number {
    return getU64(this.u32, this.args + (FallocateIn.length >> 2));
  }
  get mode(): number {
    return this.u32[this.args + (FallocateIn.mode >> 2)]!;
  }
}

/** COPY_FILE_RANGE: copy between two open files; the answer is the number of bytes copied. */
export class CopyFileRangeRequest extends HandleRequest<number> {
  private target = 0;

  override begin(): number {
    if (!this.atNode(CopyFileRangeIn.nodeid_out)) return Errno.ESTALE;
    this.target = this.handleIndex(CopyFileRangeIn.fh_out, HandleKind.FILE, this.targetNode);
    return this.target < 0 ? Errno.EBADF : super.begin();
  }
  get offset(): number {
    return getU64(this.u32, this.args + (CopyFileRangeIn.off_in >> 2));
  }
  get targetNode(): number {
    return this.secondNode(CopyFileRangeIn.nodeid_out);
  }
  get targetHandle(): number {
    return this.secondHandleValue(this.target);
  }
  get targetOffset(): number {
    return getU64(this.u32, this.args + (CopyFileRangeIn.off_out >> 2));
  }
  /** Bytes; bounded so that the count fits the 32-bit reply. */
  get size(): number {
    return Math.min(getU64(this.u32, this.args + (CopyFileRangeIn.len >> 2)), 0x7fff_f000);
  }
  get flags(): number {
    return getU64(this.u32, this.args + (CopyFileRangeIn.flags >> 2));
  }
  override encode(result: number): number {
    this.u32[this.out] = result;
    this.u32[this.out + 1] = 0;
    this.body = WriteOut.size_;
    return 0;
  }
}

/** COPY_FILE_RANGE_64: the same with a 64-bit count in the reply; answered by the handler of COPY_FILE_RANGE. */
export class CopyFileRange64Request extends CopyFileRangeRequest {
  override get size(): number {
    return Math.min(getU64(this.u32, this.args + (CopyFileRangeIn.len >> 2)), Number.MAX_SAFE_INTEGER);
  }
  override encode(result: number): number {
    putU64(this.u32, this.out, result);
    this.body = CopyFileRangeOut.size_;
    return 0;
  }
}
