import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { StateBusy, StateUnusable } from '../../core/errors.js';
import { Errno, errnoName } from '../../core/filesystem/errno.js';
import { LOG_BYTES, type StateStorage } from '../../core/state/log.js';
import { native } from '../../native/index.js';
import { MappedFile } from '../../native/mapped-file.js';

const LOCK_EX = 2;

/** The file of a state log: sparse, mapped, and locked for as long as it is open. */
export class StateFile implements StateStorage {
  readonly buffer: ArrayBuffer;
  private readonly mapping: MappedFile;

  private constructor(private readonly fd: number) {
    this.mapping = new MappedFile(fd, LOG_BYTES);
    this.buffer = this.mapping.buffer;
  }

  /** Makes the file when it is not there. Throws `StateBusy` or `StateUnusable`. */
  static open(path: string): StateFile {
    let fd: number | undefined;
    try {
      fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      const locked = native.flock(fd, LOCK_EX);
      if (locked === Errno.EAGAIN) throw StateBusy(path);
      if (locked < 0) throw StateUnusable(path, errnoName(locked));
      if (!fstatSync(fd).isFile()) throw StateUnusable(path, 'it is a file of another kind');
      if (fstatSync(fd).size !== LOG_BYTES) {
        ftruncateSync(fd, 0);
        ftruncateSync(fd, LOG_BYTES);
      }
      const error = native.fallocate(fd, 0, 0, 4096);
      if (error < 0) throw StateUnusable(path, errnoName(error));
      return new StateFile(fd);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      const { code, syscall } = error as NodeJS.ErrnoException;
      throw syscall === undefined ? error : StateUnusable(path, code ?? String(error));
    }
  }

  reserve(offset: number, bytes: number): boolean {
    return native.fallocate(this.fd, 0, offset, bytes) >= 0;
  }

  close(): void {
    this.mapping.close();
    closeSync(this.fd);
  }
}
