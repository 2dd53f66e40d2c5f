import { AccessIn, BmapIn, BmapOut, OutHeader, StatfsOut } from '../../protocol/structs.js';
import { PATH_MAX } from '../../protocol/flags.js';
import { nameBytes } from '../../protocol/names.js';
import { getU64, putU64 } from '../../protocol/words.js';
import { asErrno, Errno } from '../errno.js';
import { Request } from '../request.js';
import { Done } from '../result.js';
import { type FileSystemStatistics, writeStatistics } from '../statistics.js';
import { PlainRequest } from './name.js';

/** READLINK: the target of a symbolic link, as a name or as bytes. */
export class ReadlinkRequest extends Request<string | Uint8Array> {
  begin(): number {
    return 0;
  }
  /** Byte offset in the slab of room for the target (PATH_MAX bytes and more), then to be sent by `answerFromSlab`. */
  get targetOffset(): number {
    return this.channel.payload(this.slot);
  }
  answerFromSlab(length: number): Done | Errno {
    this.sent = this.channel.putFromSlab(this.slot, OutHeader.size_, this.targetOffset, length);
    return this.sent < 0 ? asErrno(this.sent) : Done;
  }
  encode(result: string | Uint8Array | Done): number {
    if (result === Done) return 0;
    const target = typeof result === 'string' ? nameBytes(result) : result;
    if (target.length > PATH_MAX) return Errno.ENAMETOOLONG;
    this.sent = this.channel.put(this.slot, OutHeader.size_, target, 0, target.length);
    return Math.min(this.sent, 0);
  }
}

/** STATFS. */
export class StatfsRequest extends Request<FileSystemStatistics> {
  begin(): number {
    return 0;
  }
  /** Byte offset in the slab where a handler may write `struct fuse_kstatfs` itself, before it calls `statistics`. */
  get statfsOffset(): number {
    return this.out << 2;
  }
  statistics(): Done {
    this.body = StatfsOut.size_;
    return Done;
  }
  encode(result: FileSystemStatistics | Done): number {
    if (result === Done) return 0;
    writeStatistics(this.u32, this.out, result);
    return this.statistics();
  }
}

/** ACCESS: may the caller do what `mask` (R_OK 4, W_OK 2, X_OK 1) says? Not asked with default_permissions. */
export class AccessRequest extends PlainRequest {
  begin(): number {
    return 0;
  }
  get mask(): number {
    return this.u32[this.args + (AccessIn.mask >> 2)]!;
  }
}

/** SYNCFS: everything of this file system is to be on stable storage. */
export class SyncfsRequest extends PlainRequest {
  begin(): number {
    return 0;
  }
}

/** BMAP: the device block behind a block of the file; only for file systems on a block device. */
export class BmapRequest extends Request<number> {
  begin(): number {
    return 0;
  }
  get block(): number {
    return getU64(this.u32, this.args + (BmapIn.block >> 2));
  }
  get blockSize(): number {
    return this.u32[this.args + (BmapIn.blocksize >> 2)]!;
  }
  encode(result: number): number {
    putU64(this.u32, this.out, result);
    this.body = BmapOut.size_;
    return 0;
  }
}
