import path from 'node:path';
import type { Selection } from '../../core/config/index.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type { Log } from '../../core/log.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { commit, isUnfinished } from './changes/commit/index.js';
import { thaw } from './changes/snapshots.js';
import type { Layer } from './layer.js';
import { Marks, type Prefix } from './marks.js';
import type { Place } from './node.js';
import type { OverlayOptions } from './options.js';
import { chooseIno, originOf } from './origin.js';
import { longestName } from './status.js';
import { Streams } from './streams.js';
import { Union } from './union.js';
import type { Upper } from './upper.js';

/** Starts the sessions with all layers; no layer is walked. */
export function startUnion(options: OverlayOptions, upper: Upper | undefined, lowers: readonly Layer[], table: NodeTable, log: Log): Union | Promise<Union> {
  return run(start(options, upper, lowers, table, log));
}

function* start({ upper: selection, upperdir, workdir, xattrs, redirectDir, metacopy }: OverlayOptions, upper: Upper | undefined, lowers: readonly Layer[], table: NodeTable, log: Log): Steps<Union> {
  for (const { client } of upper ? [upper, ...lowers] : lowers) client.start();
  const wanted = xattrs === 'auto' ? undefined : `${xattrs}.overlay.` as Prefix;
  const prefix = upper ? yield* upper.prepare(upperdir, workdir, wanted, placeOf(selection, upperdir)) : (wanted ?? 'trusted.overlay.');
  const all = upper ? [...(yield* thaw(upper)), ...lowers] : lowers;
  const marks = new Marks(prefix);
  for (const layer of lowers) {
    const probe = yield* wait(layer.client.getxattr(layer.root, marks.opaque));
    if (probe !== Errno.EOPNOTSUPP) continue;
    layer.marked = false;
    log.warn({ layer: layer.part.plugin.name }, 'a lower layer has no extended attributes: opaque directories and redirects in it are not known');
  }
  if (upper && !upper.marked) log.warn({ layer: upper.part.plugin.name }, 'the upper layer has no extended attributes: directories cannot be replaced or renamed as they should');
  const union = new Union(table, upper, all, marks, new Streams(), redirectDir && upper?.marked === true, metacopy, yield* longestName(upper ? [upper, ...lowers] : lowers), log);
  yield* adoptRoot(union, upper, all);
  if (yield* isUnfinished(union)) {
    log.info({}, 'a commit was cut off: it goes on');
    yield* commit(union);
  }
  return union;
}

/** What a user calls the upper directory. */
function placeOf(selection: Selection | undefined, upperdir: string): string {
  const { source } = (selection?.options ?? {}) as { source?: unknown };
  return typeof source === 'string' ? path.join(source, upperdir) : upperdir;
}

function* adoptRoot(union: Union, upper: Upper | undefined, lowers: readonly Layer[]): Steps<void> {
  const { root } = union;
  const place = (layer: Layer): Place => ({ layer, node: layer.root, count: 0 });
  const inos: number[] = [];
  for (const layer of lowers) {
    const attributes = yield* wait(layer.client.getattr(layer.root));
    inos.push(typeof attributes === 'number' ? 0 : attributes.ino);
  }
  root.upper = upper && place(upper);
  root.lowers = lowers.map(place);
  for (const { layer, node } of upper ? [root.upper!, ...root.lowers] : root.lowers) layer.shown[node] = root;
  const ino = inos[lowers.indexOf(originOf(root.lowers).layer)]!;
  root.ino = yield* chooseIno(union, root, ino, ino);
}
