import { OpenFlag } from '../protocol/flags.js';

export type CacheMode = 'none' | 'metadata' | 'auto' | 'always';

/** How long kernels may keep what they were told, for one mount. Source: virtiofsd's `--cache`. */
export interface CacheOptions {
  /**
   * `none`: nothing is kept, reads and writes go straight through. `metadata`: names and attributes for good, data
   * not at all. `auto`: names and attributes for `timeout` seconds,
   * data until the file is opened again changed. `always`: all of it, for a directory that only this guest changes.
   */
  readonly mode: CacheMode;
  /** Seconds names and attributes are kept in mode `auto`; default 1. */
  readonly timeout: number;
  /** Seconds a name that was not found is remembered; default 0. */
  readonly negativeTimeout?: number;
  /** The kernel collects writes and sends them later; only where data is kept. */
  readonly writeback: boolean;
}

/** `always`, in seconds: a day, as virtiofsd. */
const ALWAYS = 86_400;

/** Decides every timeout and every caching flag of a mount, in this one place. */
export class CachePolicy {
  readonly timeout: number;
  readonly negativeTimeout: number;
  readonly writeback: boolean;

  constructor(readonly options: CacheOptions) {
    this.timeout = options.mode === 'none' ? 0 : options.mode === 'auto' ? options.timeout : ALWAYS;
    this.negativeTimeout = options.mode === 'none' ? 0 : (options.negativeTimeout ?? 0);
    this.writeback = options.writeback && this.keepsData;
  }

  get mode(): CacheMode {
    return this.options.mode;
  }

  /** Kernels keep what they have read of files. */
  get keepsData(): boolean {
    return this.mode === 'auto' || this.mode === 'always';
  }

  /** Writes a timeout as seconds (u64) and nanoseconds. */
  put(u32: Uint32Array, seconds: number, nanoseconds: number, timeout: number): void {
    const whole = Math.floor(timeout);
    u32[seconds] = whole;
    u32[seconds + 1] = 0;
    u32[nanoseconds] = (timeout - whole) * 1e9;
  }

  /** Open flags after the policy; what the plugin asked for stays. */
  openFlags(flags: number, directory: boolean): number {
    if (!directory && !this.keepsData) return (flags | OpenFlag.DIRECT_IO) & ~OpenFlag.KEEP_CACHE;
    if (this.mode === 'none' || this.mode === 'auto') return flags;
    return flags | (directory ? OpenFlag.CACHE_DIR | OpenFlag.KEEP_CACHE : OpenFlag.KEEP_CACHE);
  }
}
