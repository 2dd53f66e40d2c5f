import { createHash } from 'node:crypto';
import { nameBytes, nameText } from '../../core/protocol/names.js';

/** A directory tree by paths relative to its root, `.`; names in the form of core/protocol/names.ts. */
export interface Tree {
  list(path: string): Promise<{ name: string; kind: 'directory' | 'file' | 'other' }[]>;
  read(path: string): Promise<Uint8Array>;
}

/** The paths of a tree in the order of bytes, as `LC_ALL=C sort -z` has them. */
export interface Listing {
  all: Uint8Array[];
  files: Uint8Array[];
}

/** Lists a tree but for the directory `omit`. */
export async function listTree(tree: Tree, omit: string): Promise<Listing> {
  const listing: Listing = { all: [nameBytes('.')], files: [] };
  const walk = async (directory: string): Promise<void> => {
    for (const { name, kind } of await tree.list(directory)) {
      const path = `${directory}/${name}`;
      if (path === `./${omit}`) continue;
      listing.all.push(nameBytes(path));
      if (kind === 'file') listing.files.push(nameBytes(path));
      if (kind === 'directory') await walk(path);
    }
  };
  await walk('.');
  listing.all.sort(Buffer.compare);
  listing.files.sort(Buffer.compare);
  return listing;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of all paths, each NUL-terminated. */
export function digestNames({ all }: Listing): string {
  const hash = createHash('sha256');
  for (const path of all) hash.update(path).update('\0');
  return hash.digest('hex');
}

/** SHA-256 of the data of all files one after the other, and how many bytes that are. */
export async function digestData(tree: Tree, { files }: Listing): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const path of files) {
    const data = await tree.read(nameText(path));
    hash.update(data);
    bytes += data.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
