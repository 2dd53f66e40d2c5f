import { Listed } from '../../core/channel/channel.js';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { OpendirRequest, ReaddirplusRequest, ReaddirRequest, Release } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { nameLength } from '../../core/protocol/names.js';
import { native, slab } from '../../native/index.js';
import { DirectoryRecord as Record } from '../../native/syscalls.js';
import { judge, X_OK } from './caller.js';
import { FileType } from './known-files.js';
import { openNode } from './open.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

const DOT = 0x2e;

export function opendir({ nodes, streams }: Share, request: OpendirRequest): Done | Errno {
  if (nodes.type(request.node) !== FileType.DIRECTORY) return Errno.ENOTDIR;
  const fd = openNode(nodes, request, request.node);
  if (fd < 0) return asErrno(fd);
  const answer = request.opened(fd, 0);
  if (answer < 0) {
    native.close(fd);
    return answer;
  }
  nodes.opened(request.node, fd);
  streams.open(fd);
  return answer;
}

export function releasedir({ nodes, streams }: Share, { node, handle }: Release): Done | Errno {
  nodes.closing(node, handle);
  streams.close(handle);
  return asErrno(native.close(handle));
}

export function readdir(share: Share, request: ReaddirRequest): Done | Errno {
  return list(share, request, addName);
}

export function readdirplus(share: Share, request: ReaddirplusRequest): Done | Errno {
  const searched = request.defaultPermissions || judge(request, request.handle, X_OK) >= 0;
  return list(share, request, searched ? addEntry : addNameOnly);
}

/** Adds the host's record at `at`, and perhaps some that follow it before `end`; the last one added, `FULL` when none has room. */
type Add<R> = (share: Share, request: R, at: number, end: number) => number;
const FULL = -1;

/** Fills the reply with entries that follow the request's cookie; cookies are the host's. */
function list<R extends ReaddirRequest | ReaddirplusRequest>(share: Share, request: R, add: Add<R>): Done | Errno {
  const { streams } = share;
  const { u32 } = slab;
  const fd = request.handle;
  if (fd < 0) return Errno.EBADF;
  let low = request.offsetLow;
  let high = request.offsetHigh;
  for (let listed = 0; ; ) {
    const bytes = streams.load(fd, low, high, request.size);
    if (bytes <= 0) return bytes < 0 && listed === 0 ? asErrno(bytes) : Done;
    const end = scratch.records + bytes;
    for (let at = scratch.records; at < end; at = next(at)) {
      const last = add(share, request, at, end);
      if (last === FULL) {
        streams.keep(fd, at, end, low, high);
        return Done;
      }
      at = last;
      listed++;
      low = u32[(at + Record.off) >> 2]!;
      high = u32[(at + Record.off + 4) >> 2]!;
    }
    streams.stand(fd, low, high);
  }
}

/** The record after the one at `at`. */
const next = (at: number): number => at + slab.u16[(at + Record.reclen) >> 1]!;

function addName({ nodes }: Share, request: ReaddirRequest, at: number): number {
  const { u8, u32 } = slab;
  const name = at + Record.name;
  const length = nameLength(u8, name);
  const w = at >> 2;
  // The root's parent is none of the guest's business.
  const up = request.node === ROOT_NODE && length === 2 && u8[name] === DOT && u8[name + 1] === DOT;
  const inoLow = up ? nodes.inodeLow(ROOT_NODE) : u32[w]!;
  const inoHigh = up ? nodes.inodeHigh(ROOT_NODE) : u32[w + 1]!;
  return request.addFromSlab(name, length, inoLow, inoHigh, u8[at + Record.type]!, u32[w + 2]!, u32[w + 3]!) ? at : FULL;
}

function addEntry({ nodes }: Share, request: ReaddirplusRequest, first: number, end: number): number {
  const { u8, u32 } = slab;
  request.addKnown(request.handle, first, end, scratch.identity, scratch.listed);
  const listed = scratch.listed >> 2;
  const known = u32[listed + Listed.LAST]!;
  const last = known === 0 ? FULL : first + known - 1;
  const at = known === 0 ? first : next(last);
  if (at >= end) return last;
  const name = at + Record.name;
  const length = nameLength(u8, name);
  const w = at >> 2;
  const attr = request.attrOffset(length);
  if (attr < 0) return last;
  let node = 0;
  const found = u32[listed + Listed.FOUND] === 1 || (!isDots(name, length) && native.lookup(request.handle, name, attr, scratch.identity) >= 0);
  if (found) {
    node = Math.max(0, nodes.at(request.node, request.handle, name));
    if (request.submounts && node > 0) nodes.mark(node, request.node, attr);
  }
  return request.addFromSlab(node, name, length, u32[w]!, u32[w + 1]!, u8[at + Record.type]!, u32[w + 2]!, u32[w + 3]!) ? at : last;
}

/** For a caller who may list the directory, but not search it. */
function addNameOnly(_share: Share, request: ReaddirplusRequest, at: number): number {
  const { u8, u32 } = slab;
  const name = at + Record.name;
  const w = at >> 2;
  return request.addFromSlab(0, name, nameLength(u8, name), u32[w]!, u32[w + 1]!, u8[at + Record.type]!, u32[w + 2]!, u32[w + 3]!) ? at : FULL;
}

/** "." or "..", which have no node of their own in a listing. */
function isDots(name: number, length: number): boolean {
  const { u8 } = slab;
  return u8[name] === DOT && (length === 1 || (length === 2 && u8[name + 1] === DOT));
}
