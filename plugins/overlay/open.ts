import { constants } from 'node:fs';
import type { Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { OpenRequest, Release } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { type OpenedFile, run, type Steps, wait } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import type { Layer } from './layer.js';
import { FileType, type OverlayNode } from './node.js';
import type { OpenFile } from './open-files.js';
import { changes, innerFlags } from './open-flags.js';
import type { Union } from './union.js';

const { O_TRUNC } = constants;
const O_NOATIME = 0o1000000;

export function open(union: Union, request: OpenRequest): Result<Opened> {
  return run(openNode(union, union.node(request.node), request));
}

type Opening = Pick<OpenRequest, 'flags' | 'openFlags' | 'writeback' | 'backs'>;

export function* openNode(union: Union, node: OverlayNode, request: Opening): Steps<Opened | Errno> {
  if (node.type !== FileType.REGULAR) return node.directory ? Errno.EISDIR : Errno.ENXIO;
  const { flags, openFlags, writeback, backs } = request;
  if (changes(flags)) {
    const error = yield* copyUp(union, node, (flags & O_TRUNC) === 0 ? Infinity : 0);
    if (error) return error;
  }
  const { layer, node: inner } = node.data;
  const opened = yield* wait(layer.client.open(inner, layer === union.upper ? innerFlags(flags, writeback) : innerFlags(flags, false) | O_NOATIME, openFlags));
  if (typeof opened === 'number') return opened;
  if ((flags & O_TRUNC) !== 0 && !layer.client.truncatesByOpen) yield* wait(layer.client.setattr(inner, { size: 0 }));
  return register(union, node, layer, inner, opened, flags, backs);
}

/**
 * Numbers an open file. What lies below an upper layer may be exchanged for its copy, which a session follows, but no kernel
 * that reads by itself would: only files that stay what they are are told to it.
 */
export function register(union: Union, node: OverlayNode, layer: Layer, inner: number, { handle, flags: innerFlag, backing, data }: OpenedFile, flags: number, backs: boolean): Opened {
  const file: OpenFile = { node, flags, layer, inner, handle, value: layer.client.handle(handle) };
  const number = union.files.add(file);
  const openFlag = layer.openFlags(innerFlag);
  if (!layer.bare) return { handle: number, flags: openFlag };
  if (layer === union.upper || !union.upper) return { handle: number, flags: openFlag, backing: backs ? backing : -1, data };
  return { handle: number, flags: openFlag, data, moves: (move) => (file.move = move) };
}

export function release(union: Union, { handle, flags }: Release): Result {
  const file = union.files.remove(handle);
  if (!file) return Done;
  const done = file.layer.client.release(file.inner, file.handle, flags);
  union.release(file.node);
  return done;
}
