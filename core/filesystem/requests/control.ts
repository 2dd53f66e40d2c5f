import { IoctlIn, IoctlOut, OutHeader, PollIn, PollOut, RemovemappingIn, RemovemappingOne, SetupmappingIn } from '../../protocol/structs.js';
import { getU64 } from '../../protocol/words.js';
import { Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Done } from '../result.js';
import { PlainRequest } from './name.js';
import { HandleRequest } from './open.js';

/** What an ioctl(2) returns: its result, and data for the caller. */
export interface IoctlReply {
  result: number;
  data?: Uint8Array;
}

/** Largest ioctl argument either way, in bytes: what _IOC_SIZE can express, and more. */
const IOCTL_MAX = 0x1_0000;

/** IOCTL on an open file or directory. */
export class IoctlRequest extends HandleRequest<IoctlReply> {
  override begin(): number {
    this.index = this.handleIndex(0, HandleKind.FILE, this.node);
    if (this.index < 0) this.index = this.handleIndex(0, HandleKind.DIRECTORY, this.node);
    if (this.index < 0) return Errno.EBADF;
    if (this.word(IoctlIn.in_size) > IOCTL_MAX) return Errno.EINVAL;
    return this.word(IoctlIn.in_size) > this.length - (this.argsAt - this.at) - IoctlIn.size_ ? Errno.EINVAL : 0;
  }
  private word(offset: number): number {
    return this.u32[this.args + (offset >> 2)]!;
  }
  /** The request number, with direction and size as _IOC encodes them. */
  get command(): number {
    return this.word(IoctlIn.cmd);
  }
  /** The third argument of ioctl(2), a number or the caller's address. */
  get argument(): number {
    return getU64(this.u32, this.args + (IoctlIn.arg >> 2));
  }
  get flags(): number {
    return this.word(IoctlIn.flags);
  }
  /** A copy of the argument's data. */
  get data(): Uint8Array {
    return this.bytes(IoctlIn.size_, this.word(IoctlIn.in_size));
  }
  /** Bytes the caller takes back. */
  get outSize(): number {
    return this.word(IoctlIn.out_size);
  }
  override encode(result: IoctlReply | Done): number {
    const { u32, out } = this;
    u32.fill(0, out, out + (IoctlOut.size_ >> 2));
    this.body = IoctlOut.size_;
    if (result === Done) return 0;
    u32[out] = result.result;
    if (!result.data) return 0;
    const length = Math.min(result.data.length, this.outSize, this.room(IoctlOut.size_));
    if (length > 0) this.sent = this.channel.put(this.slot, OutHeader.size_ + IoctlOut.size_, result.data, 0, length);
    return Math.min(this.sent, 0);
  }
}

/** POLL: which of `events` (poll(2)) are ready now. */
export class PollRequest extends HandleRequest<number> {
  get events(): number {
    return this.u32[this.args + (PollIn.events >> 2)]!;
  }
  get flags(): number {
    return this.u32[this.args + (PollIn.flags >> 2)]!;
  }
  override encode(result: number): number {
    this.u32[this.out] = result;
    this.u32[this.out + 1] = 0;
    this.body = PollOut.size_;
    return 0;
  }
}

/** SETUPMAPPING: map `size` bytes of the file at `offset` into the DAX window at `windowOffset`. */
export class SetupmappingRequest extends HandleRequest {
  private u64(offset: number): number {
    return getU64(this.u32, this.args + (offset >> 2));
  }
  get offset(): number {
    return this.u64(SetupmappingIn.foffset);
  }
  get size(): number {
    return this.u64(SetupmappingIn.len);
  }
  /** Bit 0 write, bit 1 read. */
  get flags(): number {
    return this.u64(SetupmappingIn.flags);
  }
  get windowOffset(): number {
    return this.u64(SetupmappingIn.moffset);
  }
}

/** REMOVEMAPPING: take `count` ranges out of the DAX window. */
export class RemovemappingRequest extends PlainRequest {
  begin(): number {
    const room = this.inline - RemovemappingIn.size_;
    return this.count * RemovemappingOne.size_ > room ? Errno.EINVAL : 0;
  }
  get count(): number {
    return this.u32[this.args + (RemovemappingIn.count >> 2)]!;
  }
  private field(index: number, offset: number): number {
    // The ranges follow a 4-byte struct, so their 64-bit fields are not aligned on 8 bytes, but on words.
    return getU64(this.u32, this.args + ((RemovemappingIn.size_ + index * RemovemappingOne.size_ + offset) >> 2));
  }
  windowOffset(index: number): number {
    return this.field(index, RemovemappingOne.moffset);
  }
  size(index: number): number {
    return this.field(index, RemovemappingOne.len);
  }
}

