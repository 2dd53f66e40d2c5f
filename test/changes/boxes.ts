import { linkSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Directories, directories, type Ours, overlayOf, scratch, serve } from '../overlay/layers.js';
import { seed } from '../overlay/seed.js';

export const uppers = ['passthrough', 'memory'] as const;
export type UpperKind = (typeof uppers)[number];

/** Directories of an overlay that nobody has changed; one lower file has two names. */
export function fresh(home: string): Directories {
  const at = directories(home, 2);
  seed(at);
  linkSync(path.join(at.lowers[1]!, 'c/b'), path.join(at.lowers[1]!, 'c/c'));
  return at;
}

/** Makes overlays over two seeded lower layers, one after the other, in a place of the test's own. */
export function boxes(t: ExecutionContext, kind: UpperKind, options: object = {}): () => Promise<Box> {
  const home = scratch(t);
  let counter = 0;
  return async () => {
    const at = fresh(path.join(home, String(++counter)));
    const overlay = { ...overlayOf(at, options), ...kind === 'memory' && { upper: { use: 'memory', mode: '755' } } };
    return { at, home: path.join(home, String(counter)), overlay, ...await serve(overlay) };
  };
}

export interface Box extends Ours {
  readonly at: Directories;
  readonly home: string;
  readonly overlay: object;
}

/** What the lower layers show without the upper one. */
export const lowerOnly = ({ at }: Pick<Box, 'at'>): object => ({ use: 'overlay', lower: at.lowers.map((source) => ({ use: 'passthrough', source })) });
