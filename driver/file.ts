import { constants } from 'node:os';
import { FSYNC_FDATASYNC, GETATTR_FH, OpenFlag } from '../core/protocol/flags.js';
import { Opcode } from '../core/protocol/opcode.js';
import {
  AttrOut, CopyFileRangeIn, FallocateIn, FlushIn, FsyncIn, GetattrIn, LseekIn, LseekOut, ReadIn, ReleaseIn, WriteIn, WriteOut,
} from '../core/protocol/structs.js';
import { getU64, putU64 } from '../core/protocol/words.js';
import { fields, join } from './body.js';
import type { Entry } from './entry.js';
import { DriverError } from './errors.js';
import type { Session } from './session.js';
import { type Changes, encodeSetattr } from './setattr.js';
import { decodeStats, type Stats } from './stats.js';

const { ENOSYS } = constants.errno;

/** An open file or directory. Offsets and lengths in bytes; errors are DriverErrors. */
export class OpenFile {
  #closed = false;

  /** `heard`: the server knows of the open, so it hears of the close. `openFlags`: `OpenFlag` bits that it answered with. */
  constructor(
    private readonly session: Session,
    private readonly entry: Entry,
    /** The server's handle. */
    readonly handle: number,
    private readonly flags: number,
    private readonly heard: boolean,
    private readonly openFlags: number,
  ) {}

  get node(): number {
    return this.entry.node;
  }

  /** close(2) sends a FLUSH, as the server has not said that it need not. */
  get flushes(): boolean {
    return !this.entry.isDirectory && (this.openFlags & OpenFlag.NOFLUSH) === 0;
  }

  /** As many bytes as there are, at most `length`: in READs of the size that was negotiated. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.entry.isDirectory) throw new DriverError('EISDIR', 'read');
    const parts: Uint8Array[] = [];
    for (let done = 0; done < length;) {
      const size = Math.min(length - done, this.session.init.maxRead);
      const part = await this.readSome(Opcode.READ, offset + done, size);
      parts.push(part);
      done += part.length;
      if (part.length < size) break;
    }
    return parts.length === 1 ? parts[0] : join(...parts);
  }

  /** One READ or READDIR. */
  readSome(opcode: Opcode, offset: number, size: number): Promise<Uint8Array> {
    const body = fields(ReadIn.size_);
    putU64(body, ReadIn.fh >> 2, this.handle);
    putU64(body, ReadIn.offset >> 2, offset);
    body[ReadIn.size >> 2] = size;
    body[ReadIn.flags >> 2] = this.flags;
    return this.session.callBytes(opcode, this.node, join(body), size);
  }

  /** All of `bytes`; ENOSPC and its like after a part of them reject too. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const part = bytes.subarray(done, done + this.session.init.maxWrite);
      const written = await this.writeSome(offset + done, part);
      if (written === 0) throw new DriverError('EIO', 'WRITE of nothing');
      done += written;
    }
  }

  /** One WRITE; how many bytes the server took. */
  async writeSome(offset: number, bytes: Uint8Array): Promise<number> {
    const body = fields(WriteIn.size_);
    putU64(body, WriteIn.fh >> 2, this.handle);
    putU64(body, WriteIn.offset >> 2, offset);
    body[WriteIn.size >> 2] = bytes.length;
    body[WriteIn.flags >> 2] = this.flags;
    const [written] = await this.session.call(Opcode.WRITE, this.node, join(body, bytes), WriteOut.size_);
    if (written > bytes.length) throw new DriverError('EIO', `WRITE of ${written} bytes in place of ${bytes.length}`);
    return written;
  }

  async stat(): Promise<Stats> {
    const body = fields(GetattrIn.size_);
    body[GetattrIn.getattr_flags >> 2] = GETATTR_FH;
    putU64(body, GetattrIn.fh >> 2, this.handle);
    return decodeStats(await this.session.call(Opcode.GETATTR, this.node, join(body), AttrOut.size_), AttrOut.attr);
  }

  async setattr(changes: Changes): Promise<Stats> {
    const body = encodeSetattr({ ...changes, handle: this.handle });
    return decodeStats(await this.session.call(Opcode.SETATTR, this.node, body, AttrOut.size_), AttrOut.attr);
  }

  async truncate(size: number): Promise<void> {
    await this.setattr({ size });
  }

  /** fsync(2); `dataOnly`: fdatasync(2). */
  async fsync(dataOnly = false): Promise<void> {
    const body = fields(FsyncIn.size_);
    putU64(body, FsyncIn.fh >> 2, this.handle);
    body[FsyncIn.fsync_flags >> 2] = dataOnly ? FSYNC_FDATASYNC : 0;
    await this.session.call(this.entry.isDirectory ? Opcode.FSYNCDIR : Opcode.FSYNC, this.node, join(body), 0);
  }

  /** fallocate(2); `mode` is FALLOC_FL_ bits. */
  async fallocate(mode: number, offset: number, length: number): Promise<void> {
    const body = fields(FallocateIn.size_);
    putU64(body, FallocateIn.fh >> 2, this.handle);
    putU64(body, FallocateIn.offset >> 2, offset);
    putU64(body, FallocateIn.length >> 2, length);
    body[FallocateIn.mode >> 2] = mode;
    await this.session.call(Opcode.FALLOCATE, this.node, join(body), 0);
  }

  /** lseek(2) with SEEK_DATA (3) or SEEK_HOLE (4), which the server alone knows; the offset found. */
  async lseek(offset: number, whence: number): Promise<number> {
    const body = fields(LseekIn.size_);
    putU64(body, LseekIn.fh >> 2, this.handle);
    putU64(body, LseekIn.offset >> 2, offset);
    body[LseekIn.whence >> 2] = whence;
    return getU64(await this.session.call(Opcode.LSEEK, this.node, join(body), LseekOut.size_), LseekOut.offset >> 2);
  }

  /** copy_file_range(2) of this file's bytes into another; how many were copied. */
  async copyFileRange(offset: number, target: OpenFile, targetOffset: number, length: number): Promise<number> {
    const body = fields(CopyFileRangeIn.size_);
    putU64(body, CopyFileRangeIn.fh_in >> 2, this.handle);
    putU64(body, CopyFileRangeIn.off_in >> 2, offset);
    putU64(body, CopyFileRangeIn.nodeid_out >> 2, target.node);
    putU64(body, CopyFileRangeIn.fh_out >> 2, target.handle);
    putU64(body, CopyFileRangeIn.off_out >> 2, targetOffset);
    putU64(body, CopyFileRangeIn.len >> 2, length);
    const [copied] = await this.session.call(Opcode.COPY_FILE_RANGE, this.node, join(body), WriteOut.size_);
    return copied;
  }

  /** close(2): FLUSH, where the server wants it, whose error it rejects with, and RELEASE. Twice is EBADF. */
  async close(): Promise<void> {
    if (this.#closed) throw new DriverError('EBADF', 'close');
    this.#closed = true;
    try {
      if (this.flushes) await this.#flush();
    } finally {
      await this.#release().finally(() => this.entry.release());
    }
  }

  async #flush(): Promise<void> {
    const body = fields(FlushIn.size_);
    putU64(body, FlushIn.fh >> 2, this.handle);
    const { error } = await this.session.device.request(Opcode.FLUSH, this.node, join(body));
    if (error !== 0 && error !== ENOSYS) throw new DriverError(error, 'FLUSH');
  }

  async #release(): Promise<void> {
    if (!this.heard) return;
    const body = fields(ReleaseIn.size_);
    putU64(body, ReleaseIn.fh >> 2, this.handle);
    body[ReleaseIn.flags >> 2] = this.flags;
    await this.session.device.request(this.entry.isDirectory ? Opcode.RELEASEDIR : Opcode.RELEASE, this.node, join(body));
  }
}
