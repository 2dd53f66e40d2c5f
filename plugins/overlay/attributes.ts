import type { Attributes } from '../../core/filesystem/attributes.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { GetattrRequest, SetattrRequest, StatxRequest } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import type { ExtendedAttributes } from '../../core/filesystem/statx.js';
import { SetattrValid } from '../../core/protocol/flags.js';
import { NO_HANDLE } from '../../core/filesystem/handles.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Attr, Statx } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { slab } from '../../native/index.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { copyUp, METADATA } from './copy-up.js';
import { S_IFCHR, S_IFMT } from '../../core/protocol/mode.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';

type Asked = GetattrRequest | SetattrRequest | StatxRequest;

/** One object for all answers that a layer gives as an object: it is encoded before the next one. */
const shown = {} as ExtendedAttributes;

export function getattr(union: Union, request: GetattrRequest): Result<Attributes> {
  const node = union.node(request.node);
  const handler = pass(union, node, request, Opcode.GETATTR);
  if (!handler) return Errno.ENOSYS;
  const result = handler(request) as Result<Attributes>;
  return result instanceof Promise ? result.then((late) => show(node, request.attrOffset, late)) : show(node, request.attrOffset, result);
}

/** Not for a layer without birth times: the kernel asks by GETATTR then. */
export function statx(union: Union, request: StatxRequest): Result<ExtendedAttributes> {
  const node = union.node(request.node);
  const handler = pass(union, node, request, Opcode.STATX);
  if (!handler) return Errno.ENOSYS;
  const result = handler(request) as Result<ExtendedAttributes>;
  return result instanceof Promise ? result.then((late) => showStatx(node, request.statxOffset, late)) : showStatx(node, request.statxOffset, result);
}

export function setattr(union: Union, request: SetattrRequest): Result<Attributes> {
  return run(set(union, request));
}

function* set(union: Union, request: SetattrRequest): Steps<Attributes | Errno | Done> {
  const node = union.node(request.node);
  const error = yield* copyUp(union, node, (request.valid & SetattrValid.SIZE) === 0 ? METADATA : request.size);
  if (error < 0) return error;
  const handler = pass(union, node, request, Opcode.SETATTR);
  if (!handler) return Errno.ENOSYS;
  const result = yield* wait(handler(request) as Result<Attributes>);
  return show(node, request.attrOffset, result);
}

/** Passes the request on to the place on top, with the caller's open file where that is of the same layer. */
function pass(union: Union, node: OverlayNode, request: Asked, opcode: Opcode) {
  const { layer, node: inner } = node.top;
  const { handle } = request;
  const file = handle >= 0 && !node.directory ? union.files.get(handle) : undefined;
  request.passOn(inner, file?.layer === layer && file.inner === inner ? file.value : NO_HANDLE);
  return layer.client.table[opcode];
}

/** Puts the overlay's own inode number and link count into an answer, in place when it has been written already. */
function show(node: OverlayNode, at: number, result: Attributes | Errno | Done): Attributes | Errno | Done {
  if (typeof result === 'object') return copy(node, result as ExtendedAttributes);
  if (result < 0) return result;
  const { u32 } = slab;
  putU64(u32, (at + Attr.ino) >> 2, node.ino);
  if (node.meta) putU64(u32, (at + Attr.blocks) >> 2, node.dataBlocks);
  if (node.merged) u32[(at + Attr.nlink) >> 2] = 1;
  else if (node.extraLinks !== 0) u32[(at + Attr.nlink) >> 2]! += node.extraLinks;
  if (node.device) u32[(at + Attr.mode) >> 2] = device(u32[(at + Attr.mode) >> 2]!);
  return Done;
}

function showStatx(node: OverlayNode, at: number, result: ExtendedAttributes | Errno | Done): ExtendedAttributes | Errno | Done {
  if (typeof result === 'object') return copy(node, result);
  if (result < 0) return result;
  const { u32, u16 } = slab;
  putU64(u32, (at + Statx.ino) >> 2, node.ino);
  if (node.meta) putU64(u32, (at + Statx.blocks) >> 2, node.dataBlocks);
  if (node.merged) u32[(at + Statx.nlink) >> 2] = 1;
  else if (node.extraLinks !== 0) u32[(at + Statx.nlink) >> 2]! += node.extraLinks;
  if (node.device) u16[(at + Statx.mode) >> 1] = device(u16[(at + Statx.mode) >> 1]!);
  return Done;
}

const device = (mode: number): number => (mode & ~S_IFMT) | S_IFCHR;

function copy(node: OverlayNode, from: ExtendedAttributes): ExtendedAttributes {
  const to = shown;
  to.ino = node.ino;
  to.size = from.size;
  to.blocks = node.meta ? node.dataBlocks : from.blocks;
  to.atime = from.atime;
  to.mtime = from.mtime;
  to.ctime = from.ctime;
  to.btime = from.btime;
  to.atimeNsec = from.atimeNsec;
  to.mtimeNsec = from.mtimeNsec;
  to.ctimeNsec = from.ctimeNsec;
  to.btimeNsec = from.btimeNsec;
  to.mode = node.device ? device(from.mode) : from.mode;
  to.nlink = node.merged ? 1 : from.nlink + node.extraLinks;
  to.uid = from.uid;
  to.gid = from.gid;
  to.rdev = from.rdev;
  to.blksize = from.blksize;
  to.flags = from.flags;
  return to;
}
