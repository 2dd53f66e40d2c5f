import { SetattrValid } from '../core/protocol/flags.js';
import { SetattrIn } from '../core/protocol/structs.js';
import { putU64 } from '../core/protocol/words.js';
import { fields, join } from './body.js';

/** A time to set: a Date, exact to the millisecond, or seconds since 1970 and nanoseconds. */
export type Time = Date | { readonly seconds: number; readonly nanoseconds: number } | 'now';

/** What to change, `fuse_setattr_in`; what is absent stays. */
export interface Changes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atime?: Time;
  readonly mtime?: Time;
  /** An open file to change by. */
  readonly handle?: number;
}

function split(time: Exclude<Time, 'now'>): { seconds: number; nanoseconds: number } {
  if (!(time instanceof Date)) return time;
  const seconds = Math.floor(time.getTime() / 1000);
  return { seconds, nanoseconds: (time.getTime() - seconds * 1000) * 1_000_000 };
}

export function encodeSetattr({ mode, uid, gid, size, atime, mtime, handle }: Changes): Uint8Array {
  const body = fields(SetattrIn.size_);
  let valid = 0;
  const put = (bit: SetattrValid, at: number, value: number | undefined): void => {
    if (value === undefined) return;
    valid |= bit;
    body[at >> 2] = value;
  };
  const putWide = (bit: SetattrValid, at: number, value: number | undefined): void => {
    if (value === undefined) return;
    valid |= bit;
    putU64(body, at >> 2, value);
  };
  const putTime = (bit: SetattrValid, now: SetattrValid, at: number, nsecAt: number, time: Time | undefined): void => {
    if (time === undefined) return;
    valid |= bit;
    if (time === 'now') {
      valid |= now;
      return;
    }
    const { seconds, nanoseconds } = split(time);
    putU64(body, at >> 2, seconds);
    body[nsecAt >> 2] = nanoseconds;
  };
  put(SetattrValid.MODE, SetattrIn.mode, mode);
  put(SetattrValid.UID, SetattrIn.uid, uid);
  put(SetattrValid.GID, SetattrIn.gid, gid);
  putWide(SetattrValid.SIZE, SetattrIn.size, size);
  putWide(SetattrValid.FH, SetattrIn.fh, handle);
  putTime(SetattrValid.ATIME, SetattrValid.ATIME_NOW, SetattrIn.atime, SetattrIn.atimensec, atime);
  putTime(SetattrValid.MTIME, SetattrValid.MTIME_NOW, SetattrIn.mtime, SetattrIn.mtimensec, mtime);
  body[SetattrIn.valid >> 2] = valid;
  return join(body);
}
