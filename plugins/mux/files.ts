import { constants } from 'node:fs';
import type { Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import { NO_HANDLE } from '../../core/filesystem/handles.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { pass, passBoth, passOpen } from './pass.js';
import { clearSetid } from './privileges.js';
import type { Share } from './share.js';
import type { Tree } from './tree.js';
import { counted } from './uses.js';

const { O_TRUNC } = constants;
const SEEK_DATA = 3;
/** How the mux registers an open that its share was not asked for: requests on it carry no handle there. */
const UNASKED: Opened = { handle: NO_HANDLE };

export function open(tree: Tree, request: r.OpenRequest): Result<Opened> {
  if (request.node === ROOT_NODE) return Errno.EISDIR;
  const share = tree.numbers.share(request.node)!;
  const truncates = !share.killsPrivileges && (request.flags & O_TRUNC) !== 0;
  if (truncates) request.flags &= ~O_TRUNC;
  const result = counted(share, pass<Opened>(tree.numbers, Opcode.OPEN, request, UNASKED));
  return truncates ? run(truncated(share, tree.numbers.node(request.node), result)) : result;
}

/** A file system that does not say that it truncates by OPEN expects SETATTR. */
function* truncated(share: Share, node: number, result: Result<Opened>): Steps<Opened | Errno | Done> {
  const reply = yield* wait(result);
  if (typeof reply === 'number' && reply < 0) return reply;
  const error = yield* wait(share.client.setattr(node, { size: 0 }));
  return typeof error === 'number' && error < 0 && error !== Errno.ENOSYS ? (share.unuse(), error) : reply;
}

/** What was open in a share that is removed is released as ever. */
export function release(tree: Tree, opcode: Opcode.RELEASE | Opcode.RELEASEDIR, release: r.Release): Result {
  const share = tree.numbers.share(release.node);
  if (!share) return Done;
  const { handle, flags, releaseFlags, openIndex, session } = release;
  const result = handle === NO_HANDLE ? Done : (share.table[opcode]!({ node: tree.numbers.node(release.node), handle, flags, releaseFlags, openIndex, session }) as Result);
  if (result instanceof Promise) return result.finally(() => share.unuse());
  share.unuse();
  return result;
}

export function write(tree: Tree, request: r.WriteRequest): Result<number> {
  const result = passOpen<number>(tree.numbers, Opcode.WRITE, request, Errno.EROFS);
  if (!request.killPrivileges) return result;
  const share = tree.numbers.share(request.node);
  return !share || share.killsPrivileges ? result : run(clearSetid(share, tree.numbers.node(request.node), result));
}

/** In a file of a share that does not say where its holes are all is data. */
export function lseek(tree: Tree, request: r.LseekRequest): Result<number> {
  const share = tree.numbers.share(request.node);
  return !share || share.handles(Opcode.LSEEK) ? passOpen<number>(tree.numbers, Opcode.LSEEK, request, Errno.EINVAL) : run(allData(share, tree.numbers.node(request.node), request));
}

function* allData(share: Share, node: number, { offset, whence }: r.LseekRequest): Steps<number | Errno> {
  const attributes = yield* wait(share.client.getattr(node));
  if (typeof attributes === 'number') return attributes;
  return offset < 0 || offset >= attributes.size ? Errno.ENXIO : whence === SEEK_DATA ? offset : attributes.size;
}

/** Between shares the kernel copies by itself. */
export function copyFileRange(tree: Tree, request: r.CopyFileRangeRequest): Result<number> {
  const { node, targetNode, targetHandle } = request;
  if (tree.numbers.share(node) !== tree.numbers.share(targetNode)) return Errno.EXDEV;
  return passBoth(tree.numbers, request, targetNode, targetHandle, () => passOpen<number>(tree.numbers, Opcode.COPY_FILE_RANGE, request, Errno.EOPNOTSUPP));
}

export function opendir(tree: Tree, request: r.OpendirRequest): Result<Opened> {
  if (request.node === ROOT_NODE) return {};
  return counted(tree.numbers.share(request.node)!, pass<Opened>(tree.numbers, Opcode.OPENDIR, request, UNASKED));
}

/** Of the root: everything. */
export function syncfs(tree: Tree, request: r.SyncfsRequest): Result {
  return request.node === ROOT_NODE ? run(syncAll(tree)) : pass(tree.numbers, Opcode.SYNCFS, request, Done);
}

function* syncAll(tree: Tree): Steps<Done | Errno> {
  let first: Done | Errno = Done;
  for (const share of tree.all) {
    const error = share.handles(Opcode.SYNCFS) ? yield* wait(share.client.syncfs(ROOT_NODE)) : Done;
    if (error < 0 && first === Done && !share.gone) first = error;
  }
  return first;
}
