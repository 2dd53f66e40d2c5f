import { constants } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Errno } from '../../core/filesystem/errno.js';
import { native } from '../../native/index.js';
import { type Client, type OpenedFile, type Steps, TRANSFER, wait } from '../../stack/index.js';

export const { O_RDONLY, O_RDWR, O_EXCL } = constants;
const O_NOATIME = 0o1000000;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** Bytes copied between two turns of the event loop. */
const TURN = 8 * TRANSFER;
/** Bytes that copy_file_range(2) copies on the thread pool at once. */
const RANGE = 1 << 27;

/** A file of a layer. */
interface Source {
  readonly layer: { readonly client: Client };
  readonly node: number;
}

/** An open file. */
export interface Side {
  readonly place: Source;
  readonly file: OpenedFile;
}

/** Where copies are made: in the directory `work` of a file system. */
export interface Workshop {
  readonly client: Client;
  readonly work: number;
  readonly isVolatile: boolean;
}

/** Makes a regular file with the first `size` bytes of a lower one, holes and all; the new file's node. */
export function* copyData(upper: Workshop, lower: Source, name: string, size: number): Steps<number | Errno> {
  const { client } = upper;
  const made = yield* wait(client.create(upper.work, name, O_RDWR | O_EXCL, 0o600));
  if (typeof made === 'number') return made;
  const to: Side = { place: { layer: upper, node: made.node }, file: made };
  let error: number = 0;
  if (size > 0) {
    error = yield* copyRanges(lower, to, size);
    if (error >= 0 && !upper.isVolatile) error = yield* wait(client.fsync(made.node, made.handle));
    if (error === Errno.ENOSYS) error = 0;
  }
  yield* wait(client.release(made.node, made.handle));
  if (error >= 0) return made.node;
  client.forget(made.node, 1);
  return error as Errno;
}

/** Copies the first bytes of a file to an open one. */
export function* copyRanges(lower: Source, to: Side, size: number): Steps<number> {
  const { client } = lower.layer;
  const from = yield* wait(client.open(lower.node, O_RDONLY | O_NOATIME));
  if (typeof from === 'number') return from;
  const error = yield* copyAll({ place: lower, file: from }, to, size);
  yield* wait(client.release(lower.node, from.handle));
  return error;
}

/** Copies data and leaves holes out; the end may be one. */
function* copyAll(from: Side, to: Side, size: number): Steps<number> {
  const { client } = from.place.layer;
  for (let at = 0; at < size; ) {
    const start: number = yield* wait(client.lseek(from.place.node, from.file.handle, at, SEEK_DATA));
    if (start === Errno.ENXIO) break;
    // Without SEEK_DATA the whole file is data.
    const data = start < 0 ? at : start;
    const hole: number = start < 0 ? size : yield* wait(client.lseek(from.place.node, from.file.handle, data, SEEK_HOLE));
    const end = Math.min(hole < 0 ? size : hole, size);
    const error = data < end ? yield* copyRange(from, to, data, end) : 0;
    if (error < 0) return error;
    at = Math.max(end, data);
  }
  const sized = yield* wait(to.place.layer.client.setattr(to.place.node, { size }));
  return typeof sized === 'number' ? sized : 0;
}

/** By the host's copy_file_range(2), which may share blocks, where both are files of the host. */
function* copyRange(from: Side, to: Side, start: number, end: number): Steps<number> {
  let at = start;
  while (at < end && from.file.backing >= 0 && to.file.backing >= 0) {
    const length = Math.min(end - at, RANGE);
    const copied: number = length <= TRANSFER
      ? native.copyFileRange(from.file.backing, at, to.file.backing, at, length, 0)
      : yield* wait(native.copyFileRangeAsync(from.file.backing, at, to.file.backing, at, length, 0));
    if (copied === Errno.ENOSPC || copied === Errno.EDQUOT || copied === Errno.EIO || copied === Errno.EFBIG) return copied;
    if (copied <= 0) break;
    at += copied;
  }
  return at < end ? yield* copyBytes(from, to, at, end) : 0;
}

function* copyBytes(from: Side, to: Side, start: number, end: number): Steps<number> {
  for (let at = start, turn = start + TURN; at < end; ) {
    const data = yield* wait(from.place.layer.client.read(from.place.node, from.file.handle, at, Math.min(end - at, TRANSFER)));
    if (typeof data === 'number') return data;
    // The lower file has become shorter; what it held is not known any more.
    if (data.length === 0) return Errno.EIO;
    for (let done = 0; done < data.length; ) {
      const wrote: number = yield* wait(to.place.layer.client.write(to.place.node, to.file.handle, at + done, data.subarray(done)));
      if (wrote <= 0) return wrote < 0 ? wrote : Errno.EIO;
      done += wrote;
    }
    at += data.length;
    if (at >= turn) {
      turn = at + TURN;
      yield setImmediate();
    }
  }
  return 0;
}
