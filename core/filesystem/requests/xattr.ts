import { SETXATTR_ACL_KILL_SGID } from '../../protocol/flags.js';
import { GetxattrIn, GetxattrOut, OutHeader, SetxattrIn } from '../../protocol/structs.js';
import { nameBytes } from '../../protocol/names.js';
import type { XattrMap } from '../../mapping/xattr-map.js';
import { asErrno, Errno } from '../errno.js';
import { Request } from '../request.js';
import { Done } from '../result.js';
import { AttributeName } from './attribute-name.js';
import { PlainRequest } from './name.js';

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of limits.h, in bytes. */
const XATTR_SIZE_MAX = 65536;
const XATTR_LIST_MAX = 65536;
/** `fuse_setxattr_in` without SETXATTR_EXT. */
const SETXATTR_IN_SHORT = 8;

const TRUSTED = nameBytes('trusted.');

/** A request answered with bytes, or with their number when the caller only asks for the size. */
abstract class ValueRequest<T> extends Request<T> {
  /** Bytes the caller has room for; 0 asks for the size. */
  get size(): number {
    return this.wanted;
  }
  private get wanted(): number {
    return this.u32[this.args + (GetxattrIn.size >> 2)]!;
  }
  /** Answers with the size of the value alone. */
  answerSize(size: number): Done | Errno {
    if (this.room(0) < GetxattrOut.size_) return Errno.EINVAL;
    this.u32[this.out] = size;
    this.u32[this.out + 1] = 0;
    this.body = GetxattrOut.size_;
    return Done;
  }
  /** Byte offset in the slab of room for a value (XATTR_SIZE_MAX bytes and more), then to be sent by `answerFromSlab`. */
  get valueOffset(): number {
    return this.channel.payload(this.slot);
  }
  /** Answers with `size` bytes at `valueOffset`. */
  answerFromSlab(size: number): Done | Errno {
    if (this.wanted === 0) return this.answerSize(size);
    if (size > this.wanted) return Errno.ERANGE;
    if (size === 0) return Done;
    this.sent = this.channel.putFromSlab(this.slot, OutHeader.size_, this.valueOffset, size);
    return this.sent < 0 ? asErrno(this.sent) : Done;
  }
  protected answer(value: Uint8Array): number {
    if (this.wanted === 0) return this.answerSize(value.length);
    if (value.length > this.wanted) return Errno.ERANGE;
    if (value.length > 0) this.sent = this.channel.put(this.slot, OutHeader.size_, value, 0, value.length);
    return Math.min(this.sent, 0);
  }
}

/** GETXATTR: the whole value; sizes and ERANGE are seen to here. */
export class GetxattrRequest extends ValueRequest<Uint8Array> {
  private readonly attribute = new AttributeName();

  /** A name that guests may not use is there for none of them. */
  begin(): number {
    const error = this.attribute.take(this.u8, this.argsAt + GetxattrIn.size_, this.stringLength(GetxattrIn.size_), this.context.xattrMap, this.out << 2);
    return error === Errno.EPERM ? Errno.ENODATA : error;
  }
  get name(): string {
    return this.attribute.text(this.u8);
  }
  get nameOffset(): number {
    return this.attribute.at;
  }
  encode(result: Uint8Array | Done): number {
    return result === Done ? 0 : this.answer(result);
  }
}

/** LISTXATTR: all names; those of `trusted.` are seen by the superuser only, xattr(7). */
export class ListxattrRequest extends ValueRequest<readonly string[]> {
  /** Of the layers it has come through, outermost first. */
  private names: XattrMap[] = [];

  begin(): number {
    this.names = this.context.xattrMap === undefined ? [] : [this.context.xattrMap];
    return 0;
  }
  /** Goes on to what a layer wraps, whose names are other ones, or not all to be seen. */
  hide(map: XattrMap): void {
    this.names.push(map);
  }
  /** As large as can be where names are mapped or left out, since only the rest has to fit. */
  override get size(): number {
    return this.names.length === 0 && this.uid === 0 ? super.size : XATTR_LIST_MAX;
  }
  override answerFromSlab(size: number): Done | Errno {
    return super.answerFromSlab(this.shown(this.u8, this.valueOffset, size));
  }
  encode(result: readonly string[] | Done): number {
    if (result === Done) return 0;
    const list = nameBytes(result.map((name) => `${name}\0`).join(''));
    return this.answer(list.subarray(0, this.shown(list, 0, list.length)));
  }

  /** Bytes of what the caller may see of the `length` bytes of list at `at`, where it is then. */
  private shown(list: Uint8Array, at: number, length: number): number {
    const mapped = this.names.reduceRight((left, map) => map.listToGuest(list, at, left), length);
    if (this.uid === 0) return mapped;
    let to = at;
    for (let from = at, next; from < at + mapped; from = next) {
      next = list.indexOf(0, from) + 1;
      if (TRUSTED.every((byte, i) => list[from + i] === byte)) continue;
      list.copyWithin(to, from, next);
      to += next - from;
    }
    return to - at;
  }
}

/** SETXATTR: `flags` XATTR_CREATE 1 and XATTR_REPLACE 2 as setxattr(2). */
export class SetxattrRequest extends PlainRequest {
  private readonly attribute = new AttributeName();
  /** Argument byte where the value starts. */
  private valueStart = 0;

  begin(): number {
    const length = this.stringLength(this.fixed);
    const error = this.attribute.take(this.u8, this.argsAt + this.fixed, length, this.context.xattrMap, this.out << 2);
    if (error < 0) return error;
    this.valueStart = this.fixed + length + 1;
    if (this.size > XATTR_SIZE_MAX) return Errno.E2BIG;
    return this.valueStart + this.size > this.length - (this.argsAt - this.at) ? Errno.EINVAL : 0;
  }
  private get fixed(): number {
    return this.context.setxattrExt ? SetxattrIn.size_ : SETXATTR_IN_SHORT;
  }
  get name(): string {
    return this.attribute.text(this.u8);
  }
  get nameOffset(): number {
    return this.attribute.at;
  }
  /** Size of the value in bytes. */
  get size(): number {
    return this.u32[this.args + (SetxattrIn.size >> 2)]!;
  }
  get flags(): number {
    return this.u32[this.args + (SetxattrIn.flags >> 2)]!;
  }
  /** Setting a POSIX ACL is to clear the set-group-id bit. */
  get killSetgid(): boolean {
    return this.context.setxattrExt && (this.u32[this.args + (SetxattrIn.setxattr_flags >> 2)]! & SETXATTR_ACL_KILL_SGID) !== 0;
  }
  /** A copy of the value. */
  get value(): Uint8Array {
    return this.bytes(this.valueStart, this.size);
  }
  /** Copies the value into the slot's payload buffer; its byte offset in the slab, or a negative errno. */
  valueToSlab(): number {
    const offset = this.channel.payload(this.slot);
    const got = this.channel.getToSlab(this.slot, this.argsAt - this.at + this.valueStart, offset, this.size);
    return got < 0 ? got : offset;
  }
}

/** REMOVEXATTR. */
export class RemovexattrRequest extends PlainRequest {
  private readonly attribute = new AttributeName();

  begin(): number {
    return this.attribute.take(this.u8, this.argsAt, this.stringLength(0), this.context.xattrMap, this.out << 2);
  }
  get name(): string {
    return this.attribute.text(this.u8);
  }
  get nameOffset(): number {
    return this.attribute.at;
  }
}
