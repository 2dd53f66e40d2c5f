import { allocate } from '../../native/slab-pool.js';
import { HANDLE_SIZE, Identity } from '../../native/syscalls.js';

/** Bytes of host directory records that are read at once at most. */
export const RECORDS_SIZE = 32768;

const NAME = 512;
const VALUE = 8192;
const base = allocate(VALUE + RECORDS_SIZE);

/**
 * Places in the slab for what a system call takes or leaves, byte offsets. One set serves all shares: handlers run to
 * completion, and nothing here outlives a handler's call.
 */
export const scratch = {
  /** 48 bytes, see `Identity`. */
  identity: base,
  /** `struct fuse_attr`. */
  attr: base + 64,
  /** 8 bytes: a directory cookie. */
  cookie: base + 160,
  /** What `Channel.list` did. */
  listed: base + 168,
  /** `struct file_handle`. */
  handle: base + 192,
  /** A name of NAME_MAX bytes and its NUL, or a path. */
  name: base + NAME,
  /** RECORDS_SIZE bytes. */
  records: base + VALUE,
} as const;

if (Identity.SIZE > 64 || 192 + HANDLE_SIZE > NAME) throw new Error('scratch places overlap');
