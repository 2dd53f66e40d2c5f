import type { IdMaps } from '../../mapping/id-maps.js';
import { GETATTR_FH, SetattrValid } from '../../protocol/flags.js';
import { Attr, AttrOut, GetattrIn, SetattrIn, Statx, StatxIn, StatxOut } from '../../protocol/structs.js';
import { getI64, getU64 } from '../../protocol/words.js';
import { type Attributes, writeAttributes } from '../attributes.js';
import { Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Request } from '../request.js';
import { Done } from '../result.js';
import { type ExtendedAttributes, writeStatx } from '../statx.js';

/** A request that is answered with attributes (`fuse_attr_out`). */
abstract class AttributesRequest extends Request<Attributes> {
  protected index = 0;

  /** The open file the caller has, as OPEN numbered it; NO_HANDLE when the request is by node. */
  get handle(): number {
    return this.handleValue(this.index);
  }
  /** Byte offset in the slab where a handler may write `struct fuse_attr` itself, before it calls `attributes`. */
  get attrOffset(): number {
    return (this.out << 2) + AttrOut.attr;
  }

  /** Answers with the attributes at `attrOffset`. */
  attributes(attrTimeout?: number): Done {
    const { u32, out } = this;
    this.toGuest(out + ((AttrOut.attr + Attr.uid) >> 2));
    this.context.attrTimeout(u32, out + (AttrOut.attr_valid >> 2), out + (AttrOut.attr_valid_nsec >> 2), attrTimeout, this.asked);
    u32[out + (AttrOut.attr_valid_nsec >> 2) + 1] = 0;
    this.body = AttrOut.size_;
    return Done;
  }

  encode(result: Attributes | Done): number {
    if (result === Done) return 0;
    writeAttributes(this.u32, this.out + (AttrOut.attr >> 2), result, this.asked);
    return this.attributes();
  }

  protected takeHandle(offset: number): number {
    this.index = this.handleIndex(offset, HandleKind.FILE, this.node);
    if (this.index < 0) this.index = this.handleIndex(offset, HandleKind.DIRECTORY, this.node);
    return this.index < 0 ? Errno.EBADF : 0;
  }
}

/** GETATTR. */
export class GetattrRequest extends AttributesRequest {
  begin(): number {
    this.index = 0;
    if ((this.u32[this.args + (GetattrIn.getattr_flags >> 2)]! & GETATTR_FH) === 0) return 0;
    return this.takeHandle(GetattrIn.fh);
  }
}

/** SETATTR: `valid` says which of the fields are to be set, as `SetattrValid` bits. */
export class SetattrRequest extends AttributesRequest {
  protected override mapIds(idMaps: IdMaps): number {
    super.mapIds(idMaps);
    const at = this.args + (SetattrIn.uid >> 2);
    const uid = (this.valid & SetattrValid.UID) === 0 ? 0 : idMaps.uid.toHost.apply(this.u32, at);
    return (this.valid & SetattrValid.GID) === 0 ? uid : Math.min(uid, idMaps.gid.toHost.apply(this.u32, at + 1));
  }
  begin(): number {
    this.index = 0;
    return (this.valid & SetattrValid.FH) === 0 ? 0 : this.takeHandle(SetattrIn.fh);
  }
  private word(offset: number): number {
    return this.u32[this.args + (offset >> 2)]!;
  }
  get valid(): number {
    return this.word(SetattrIn.valid);
  }
  get mode(): number {
    return this.word(SetattrIn.mode);
  }
  get newUid(): number {
    return this.word(SetattrIn.uid);
  }
  get newGid(): number {
    return this.word(SetattrIn.gid);
  }
  /** Bytes. */
  get size(): number {
    return getU64(this.u32, this.args + (SetattrIn.size >> 2));
  }
  /** Seconds since 1970, may be negative; nanoseconds beside. */
  get atime(): number {
    return getI64(this.u32, this.args + (SetattrIn.atime >> 2));
  }
  get atimeNsec(): number {
    return this.word(SetattrIn.atimensec);
  }
  get mtime(): number {
    return getI64(this.u32, this.args + (SetattrIn.mtime >> 2));
  }
  get mtimeNsec(): number {
    return this.word(SetattrIn.mtimensec);
  }
  get ctime(): number {
    return getI64(this.u32, this.args + (SetattrIn.ctime >> 2));
  }
  get ctimeNsec(): number {
    return this.word(SetattrIn.ctimensec);
  }
}

/** STATX: as GETATTR, with birth time; `mask` is of STATX_* bits (statx(2)). */
export class StatxRequest extends Request<ExtendedAttributes> {
  private index = 0;

  begin(): number {
    this.index = 0;
    if ((this.u32[this.args + (StatxIn.getattr_flags >> 2)]! & GETATTR_FH) === 0) return 0;
    this.index = this.handleIndex(StatxIn.fh, HandleKind.FILE, this.node);
    if (this.index < 0) this.index = this.handleIndex(StatxIn.fh, HandleKind.DIRECTORY, this.node);
    return this.index < 0 ? Errno.EBADF : 0;
  }
  get handle(): number {
    return this.handleValue(this.index);
  }
  get mask(): number {
    return this.u32[this.args + (StatxIn.sx_mask >> 2)]!;
  }
  get statxFlags(): number {
    return this.u32[this.args + (StatxIn.sx_flags >> 2)]!;
  }
  /** Byte offset in the slab where a handler may write `struct fuse_statx` itself, before it calls `statx`. */
  get statxOffset(): number {
    return (this.out << 2) + StatxOut.stat;
  }
  statx(attrTimeout?: number): Done {
    const { u32, out } = this;
    this.toGuest(out + ((StatxOut.stat + Statx.uid) >> 2));
    this.context.attrTimeout(u32, out + (StatxOut.attr_valid >> 2), out + (StatxOut.attr_valid_nsec >> 2), attrTimeout, this.asked);
    u32.fill(0, out + (StatxOut.flags >> 2), out + (StatxOut.stat >> 2));
    this.body = StatxOut.size_;
    return Done;
  }
  encode(result: ExtendedAttributes | Done): number {
    if (result === Done) return 0;
    writeStatx(this.u32, this.out + (StatxOut.stat >> 2), result, this.asked);
    return this.statx();
  }
}
