import type { MountContext } from '../../core/session/session.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Client, TRANSFER } from '../../stack/index.js';

/** A file of a lower layer. */
export interface Seed {
  /** Type and permissions, as in inode(7). */
  readonly mode: number;
  readonly content?: string;
  /** Target of a symbolic link, or another name of the same file. */
  readonly to?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly rdev?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  readonly xattrs?: Readonly<Record<string, string | Uint8Array>>;
  /** A hole of that many bytes stands before the content. */
  readonly hole?: number;
}

/** Files of the lower layers by path, the topmost layer first; a directory before what it holds. */
export type Seeds = readonly Readonly<Record<string, Seed>>[];

export const dir = (rest: Partial<Seed> = {}): Seed => ({ mode: 0o40755, ...rest });
export const file = (content = '', rest: Partial<Seed> = {}): Seed => ({ mode: 0o100644, content, ...rest });
export const hardLink = (to: string): Seed => ({ mode: 0, to });
/** A name that is deleted: a character device 0:0. */
export const whiteout: Seed = { mode: 0o20000 };
/** A directory through which nothing of lower layers shows. */
export const opaque = (rest: Partial<Seed> = {}): Seed => dir({ ...rest, xattrs: { 'trusted.overlay.opaque': 'y', ...rest.xattrs } });

/** Where overlay behaviours find their layers' files, beside their own directory. */
export const LAYERS = 'layers';
/** The directory of one behaviour there. */
export const slug = (sentence: string): string => sentence.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** All that overlay behaviours want to find, by the behaviour's directory. */
export const wanted = new Map<string, Seeds>();

const O_RDWR = 2;

function ok<T>(answer: T | number | Promise<T | number>): Exclude<T, number> {
  if (answer instanceof Promise || (typeof answer === 'number' && answer < 0)) throw new Error(`a layer cannot be made: ${String(answer)}`);
  return answer as Exclude<T, number>;
}

/** Makes layer `index` of all behaviours on a file system. */
export function makeLayer(part: MountContext, index: number): void {
  const client = new Client(part, 2);
  client.start();
  const root = ok(client.mkdir(ROOT_NODE, LAYERS, 0o755)).node;
  for (const [name, seeds] of wanted) {
    const nodes = new Map([['', ok(client.mkdir(root, name, 0o755)).node]]);
    const files = Object.entries(seeds[index] ?? {});
    for (const [path, seed] of files) make(client, nodes, path, seed);
    for (const [path, { mtime }] of files.toReversed()) if (mtime !== undefined) ok(client.setattr(nodes.get(path)!, { atime: mtime, atimeNsec: 1, mtime, mtimeNsec: 2 }));
  }
  client.close();
}

function make(client: Client, nodes: Map<string, number>, path: string, seed: Seed): void {
  const at = path.lastIndexOf('/');
  const parent = nodes.get(path.slice(0, Math.max(at, 0)))!;
  const name = path.slice(at + 1);
  if (seed.mode === 0) return void ok(client.link(nodes.get(seed.to!)!, parent, name));
  const type = seed.mode & 0o170000;
  const { node } = type === 0o40000 ? ok(client.mkdir(parent, name, 0o755))
    : type === 0o120000 ? ok(client.symlink(parent, name, seed.to!)) : ok(client.mknod(parent, name, type | 0o600, seed.rdev ?? 0));
  nodes.set(path, node);
  if (seed.content || seed.hole) write(client, node, Buffer.from(seed.content ?? ''), seed.hole ?? 0);
  ok(client.setattr(node, { uid: seed.uid ?? 0, gid: seed.gid ?? 0 }));
  for (const [key, value] of Object.entries(seed.xattrs ?? {})) client.setxattr(node, key, Buffer.from(value));
  if (type !== 0o120000) ok(client.setattr(node, { mode: seed.mode & 0o7777 }));
}

function write(client: Client, node: number, content: Uint8Array, hole: number): void {
  const { handle } = ok(client.open(node, O_RDWR));
  for (let at = 0; at < content.length; at += TRANSFER) client.write(node, handle, hole + at, content.subarray(at, at + TRANSFER));
  if (content.length === 0) client.setattr(node, { size: hole });
  client.release(node, handle);
}
