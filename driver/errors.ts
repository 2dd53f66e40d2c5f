import { constants } from 'node:os';
import { errnoName } from '../core/filesystem/errno.js';

/** What the driver fails with: the errno that a program in a guest would have got, and what it was doing. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  /** The errno's name, `ENOENT`. */
  readonly code: string;
  /** Positive, as in errno(3). */
  readonly errno: number;

  /** `code` is the errno's name or number of either sign; `what` the operation, or a few words; `path` what it was done to. */
  constructor(code: keyof typeof constants.errno | number, readonly what: string, readonly path?: string) {
    const errno = typeof code === 'number' ? Math.abs(code) : constants.errno[code];
    super(`${errnoName(errno)}: ${what}${path === undefined ? '' : ` '${path}'`}`);
    this.errno = errno;
    this.code = errnoName(errno);
  }
}

/** The same error, with the path it happened to. */
export function withPath(error: unknown, path: string): unknown {
  return error instanceof DriverError && error.path === undefined ? new DriverError(error.errno, error.what, path) : error;
}

/** Passes a native result on, or throws its negative errno. */
export function check(result: number, what: string): number {
  if (result < 0) throw new DriverError(result, what);
  return result;
}
