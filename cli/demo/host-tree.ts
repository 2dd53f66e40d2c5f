import { readdir, readFile } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { nameBytes, nameText } from '../../core/protocol/names.js';
import type { Tree } from './tree.js';

function kind(entry: Dirent<Buffer>) {
  return entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'other';
}

/** A directory of this host. */
export function hostTree(root: string): Tree {
  const absolute = (path: string) => Buffer.concat([Buffer.from(`${root}/`), nameBytes(path)]);
  return {
    async list(path) {
      const entries = await readdir(absolute(path), { withFileTypes: true, encoding: 'buffer' });
      return entries.map((entry) => ({ name: nameText(entry.name), kind: kind(entry) }));
    },
    read: (path) => readFile(absolute(path)),
  };
}
