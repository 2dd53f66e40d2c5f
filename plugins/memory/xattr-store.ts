import type { Inode } from './inode.js';
import type { Volume } from './volume.js';

/** What an extended attribute takes of the inode space. */
export function xattrSpace(name: string, value: Uint8Array): number {
  return name.length + value.length;
}

/** Gives an attribute its value; false when there is no space for it. */
export function store({ inodeSpace }: Volume, inode: Inode, name: string, value: Uint8Array): boolean {
  const old = inode.xattrs?.get(name);
  if (!inodeSpace.take(xattrSpace(name, value) - (old ? xattrSpace(name, old) : 0))) return false;
  inode.xattrs ??= new Map();
  inode.xattrs.set(name, value);
  return true;
}

/** Removes an attribute; false when there is none of that name. */
export function discard({ inodeSpace }: Volume, inode: Inode, name: string): boolean {
  const value = inode.xattrs?.get(name);
  if (!value) return false;
  inode.xattrs!.delete(name);
  inodeSpace.give(xattrSpace(name, value));
  return true;
}
