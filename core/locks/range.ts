import { LockType } from '../filesystem/requests/lock.js';

/** Who holds a lock: the session, and the kernel's lock owner in it (a process's file table, or an open file). */
export interface LockOwner {
  readonly session: object;
  readonly low: number;
  readonly high: number;
}

/** A lock on the bytes `start` to `end` inclusive; `end` Infinity reaches to the end of the file, however long. */
export interface Lock {
  readonly owner: LockOwner;
  readonly type: LockType.READ | LockType.WRITE;
  readonly start: number;
  readonly end: number;
  /** Process id of the holder in its guest. */
  readonly pid: number;
  /** Index of the open handle it was taken through; the lock does not outlive it. */
  readonly handle: number;
}

export function sameOwner(a: LockOwner, b: LockOwner): boolean {
  return a.session === b.session && a.low === b.low && a.high === b.high;
}

/** The lock that keeps `wanted` from being granted, if any; fcntl(2): readers share, a writer is alone. */
export function conflict(held: readonly Lock[], wanted: Lock): Lock | undefined {
  return held.find((lock) => conflicts(lock, wanted));
}

export function conflicts(lock: Lock, wanted: Lock): boolean {
  return lock.start <= wanted.end && wanted.start <= lock.end
    && (lock.type === LockType.WRITE || wanted.type === LockType.WRITE) && !sameOwner(lock.owner, wanted.owner);
}

/** `held` without the bytes `start` to `end` of `owner`: locks are cut, and split where the middle goes. */
export function without(held: readonly Lock[], owner: LockOwner, start: number, end: number): Lock[] {
  return held.flatMap((lock) => {
    if (lock.end < start || end < lock.start || !sameOwner(lock.owner, owner)) return [lock];
    const rest: Lock[] = [];
    if (lock.start < start) rest.push({ ...lock, end: start - 1 });
    if (end < lock.end) rest.push({ ...lock, start: end + 1 });
    return rest;
  });
}

/**
 * `held` with `lock` in place of whatever its owner had there; neighbours of the same type and owner become one. The
 * locks of an owner stand together in order of `start`, owners in the order they came: so does Linux keep them, and so
 * it chooses among several conflicts the one that F_GETLK tells.
 */
export function withLock(held: readonly Lock[], lock: Lock): Lock[] {
  const mine = (other: Lock): boolean => sameOwner(other.owner, lock.owner);
  const joins = (other: Lock): boolean => other.type === lock.type && (other.end + 1 === lock.start || lock.end + 1 === other.start);
  const rest = without(held.filter(mine), lock.owner, lock.start, lock.end);
  const joined = rest.filter(joins);
  const start = Math.min(lock.start, ...joined.map((other) => other.start));
  const end = Math.max(lock.end, ...joined.map((other) => other.end));
  const all = [...rest.filter((other) => !joins(other)), { ...lock, start, end }].toSorted((a, b) => a.start - b.start);
  const first = held.findIndex(mine);
  return first < 0 ? [...held, ...all] : [...held.slice(0, first), ...all, ...held.slice(first).filter((other) => !mine(other))];
}
