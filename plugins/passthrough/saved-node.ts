import { readlinkSync } from 'node:fs';
import { PATH_MAX } from '../../core/protocol/flags.js';
import { slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { scratch } from './scratch.js';

/**
 * What is written down of a node, in words: its type and how it is found again, the identity of its file, the identity of
 * its mount; then a file handle, or a place: directory, its generation, name; then a path below the source: its own where
 * it has a place, that of its mount where it has a file handle and is on another mount than the source.
 */
export const enum Saved {
  /** Type as in readdir(3); bits 8 to 15 `Found`; bits 16 to 31 bytes of the path. */
  KIND = 0,
  INO = 1,
  BTIME = 3,
  BTIME_NSEC = 4,
  MOUNT = 5,
  DEV_MAJOR = 7,
  DEV_MINOR = 8,
  /** Where the variable part starts. */
  WAY = 9,
}

export const enum Found {
  /** It has no name and no file handle: it cannot be found again. */
  NOT = 0,
  BY_HANDLE = 1,
  BY_PLACE = 2,
  /** Its path is all that is written down. */
  BY_PATH = 3,
}

/** Puts the identity that was written down into the scratch place. */
export function loadIdentity(saved: Uint32Array): void {
  const { u32 } = slab;
  const at = scratch.identity >> 2;
  u32.fill(0, at, at + (Identity.SIZE >> 2));
  u32[at] = saved[Saved.INO]!;
  u32[at + 1] = saved[Saved.INO + 1]!;
  u32[at + (Identity.btime >> 2)] = saved[Saved.BTIME]!;
  u32[at + (Identity.btimensec >> 2)] = saved[Saved.BTIME_NSEC]!;
  u32[at + (Identity.mount >> 2)] = saved[Saved.MOUNT]!;
  u32[at + (Identity.mount >> 2) + 1] = saved[Saved.MOUNT + 1]!;
  u32[at + (Identity.devMajor >> 2)] = saved[Saved.DEV_MAJOR]!;
  u32[at + (Identity.devMinor >> 2)] = saved[Saved.DEV_MINOR]!;
  u32[at + (Identity.mode >> 2)] = (saved[Saved.KIND]! & 0xff) << 12;
}

/** Bytes as words, the last one filled up with zeros. Returns the words written. */
export function putBytes(bytes: Uint8Array, words: Uint32Array, at: number): number {
  const count = (bytes.length + 3) >> 2;
  words.fill(0, at, at + count);
  new Uint8Array(words.buffer, words.byteOffset + at * 4, count * 4).set(bytes);
  return count;
}

/** The path below the source, of which `fd` is a directory or file; undefined when it is not there any more, or not below. */
export function pathBelow(root: number, fd: number): string | undefined {
  const [source, path] = [readlinkSync(`/proc/self/fd/${root}`, 'latin1'), readlinkSync(`/proc/self/fd/${fd}`, 'latin1')];
  if (path === source) return '.';
  const prefix = source === '/' ? '/' : `${source}/`;
  return path.startsWith(prefix) && !path.endsWith(' (deleted)') ? path.slice(prefix.length) : undefined;
}

/** Puts a path, one byte a character, into the scratch place; false when it is too long. */
export function putPath(path: string): boolean {
  if (path.length > PATH_MAX) return false;
  slab.u8.set(Buffer.from(path, 'latin1'), scratch.name);
  slab.u8[scratch.name + path.length] = 0;
  return true;
}

/** True when the identity in the scratch place is on the mount that was written down. */
export function isMount(saved: Uint32Array): boolean {
  const { u32 } = slab;
  const at = scratch.identity >> 2;
  return (
    u32[at + (Identity.mount >> 2)] === saved[Saved.MOUNT] &&
    u32[at + (Identity.mount >> 2) + 1] === saved[Saved.MOUNT + 1] &&
    u32[at + (Identity.devMajor >> 2)] === saved[Saved.DEV_MAJOR] &&
    u32[at + (Identity.devMinor >> 2)] === saved[Saved.DEV_MINOR]
  );
}
