import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hostTree } from './host-tree.js';
import { LARGE, SMALL, WORK, type JobResult } from './job.js';
import { digestData, digestNames, listTree } from './tree.js';

/** A line of the table: a step, what came of it and how fast it was. */
export interface Row {
  what: string;
  result: string;
  milliseconds: number;
  speed: string;
  /** The host found the same as the other side. */
  good: boolean;
}

const MIB = 2 ** 20;
/** Nothing for less than a hundred, where the start of a program is all the time there is. */
const perSecond = (amount: number, milliseconds: number, unit: string, least = 100) =>
  amount < least ? '' : `${Math.round(amount / Math.max(milliseconds, 0.001) * 1000).toLocaleString('en')} ${unit}/s`;
const size = (bytes: number) => bytes >= MIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${bytes} bytes`;

async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function smallFiles(directory: string): Promise<number> {
  let good = 0;
  for (let i = 0; i < SMALL; i++) if (await readFile(path.join(directory, String(i)), 'latin1') === `${i}\n`) good++;
  return good;
}

/** Compares what the other side found and wrote with what stands in the directory on this host. */
export async function verify(root: string, { reached, list, read, write, create }: JobResult): Promise<Row[]> {
  const tree = hostTree(root);
  const listing = await listTree(tree, WORK);
  const data = await digestData(tree, listing);
  const rows: Row[] = reached.map((row) => ({ ...row, speed: '', good: true }));
  const add = (what: string, good: boolean, result: string, milliseconds: number, speed: string) =>
    rows.push({ what, result: `${result}, ${good ? 'as on the host' : 'NOT as on the host'}`, milliseconds, speed, good });

  add('list', list.found === digestNames(listing), `${listing.all.length} names`, list.milliseconds, perSecond(listing.all.length, list.milliseconds, 'names'));
  add('read and checksum', read.found === data.sha256, `${listing.files.length} files, ${size(data.bytes)}`, read.milliseconds, perSecond(data.bytes / MIB, read.milliseconds, 'MiB', 1));
  add('write', write.found === await fileDigest(path.join(root, WORK, 'large')), size(LARGE), write.milliseconds, perSecond(LARGE / MIB, write.milliseconds, 'MiB', 1));
  add('create small files', await smallFiles(path.join(root, WORK)) === SMALL, `${SMALL} files`, create.milliseconds, perSecond(SMALL, create.milliseconds, 'files'));
  return rows;
}
