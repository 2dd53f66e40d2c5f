import type { CopyFileRangeRequest, FallocateRequest, SetattrRequest, StatfsRequest, WriteRequest } from '../../../core/filesystem/requests/index.js';
import type { Attributes } from '../../../core/filesystem/attributes.js';
import { Errno } from '../../../core/filesystem/errno.js';
import { after } from '../../../core/filesystem/replies.js';
import { Done, type Reply, type Result } from '../../../core/filesystem/result.js';
import type { FileSystemStatistics } from '../../../core/filesystem/statistics.js';
import { SetattrValid } from '../../../core/protocol/flags.js';
import { Kstatfs } from '../../../core/protocol/structs.js';
import { getU64, putU64 } from '../../../core/protocol/words.js';
import { constants } from 'node:fs';
import type { Ledger } from './ledger.js';

const { O_APPEND } = constants;
/** Modes of fallocate(2). */
const PUNCH_HOLE = 2;
const COLLAPSE_RANGE = 8;
const INSERT_RANGE = 32;

type Inner<R, T> = (request: R) => Result<T>;

/**
 * What is beyond the limit is left out of a write, as where a disk is full. What a kernel writes from its cache is refused as
 * a whole, since it would take a short write for a complete one.
 */
export function write(ledger: Ledger, request: WriteRequest, inner: Inner<WriteRequest, number>): Result<number> {
  const { node, fromCache, writeback } = request;
  const append = (request.flags & O_APPEND) !== 0 && !fromCache && !writeback;
  const before = ledger.held(node);
  const start = append ? before : request.offset;
  const fits = before + ledger.bytesLeft - start;
  if (fits < request.size) {
    if (fits <= 0 || fromCache || writeback) return Errno.EDQUOT;
    request.shorten(fits);
  }
  const more = ledger.reserve(node, start + request.size);
  if (more < 0) return Errno.EDQUOT;
  return after(inner(request), (reply) => {
    const count = reply === Done ? request.count : reply;
    const end = Math.max(before, count > 0 ? start + count : 0);
    if (more > 0 && end < before + more) ledger.settle(node, end);
    return reply;
  });
}

export function setattr(ledger: Ledger, request: SetattrRequest, inner: Inner<SetattrRequest, Attributes>): Result<Attributes> {
  if ((request.valid & SetattrValid.SIZE) === 0) return inner(request);
  const { node, size } = request;
  const before = ledger.held(node);
  if (ledger.reserve(node, size) < 0) return Errno.EDQUOT;
  return after(inner(request), (reply) => {
    ledger.settle(node, failed(reply) ? before : size);
    return reply;
  });
}

export function fallocate(ledger: Ledger, request: FallocateRequest, inner: Inner<FallocateRequest, never>): Result {
  const { node, mode, offset, size } = request;
  const before = ledger.held(node);
  const end = (mode & PUNCH_HOLE) !== 0 ? before : (mode & INSERT_RANGE) !== 0 ? before + size : (mode & COLLAPSE_RANGE) !== 0 ? before - size : Math.max(before, offset + size);
  if (ledger.reserve(node, end) < 0) return Errno.EDQUOT;
  return after(inner(request), (reply) => {
    ledger.settle(node, failed(reply) ? before : end);
    return reply;
  });
}

export function copyFileRange(ledger: Ledger, request: CopyFileRangeRequest, inner: Inner<CopyFileRangeRequest, number>): Result<number> {
  const { node, targetNode, targetOffset } = request;
  const before = ledger.held(targetNode);
  const most = Math.min(request.size, Math.max(ledger.held(node) - request.offset, 0));
  if (most > 0 && ledger.reserve(targetNode, targetOffset + most) < 0) return Errno.EDQUOT;
  return after(inner(request), (reply) => {
    const count = typeof reply === 'number' ? reply : 0;
    ledger.settle(targetNode, Math.max(before, count > 0 ? targetOffset + count : 0));
    return reply;
  });
}

/** What is left is the least of what the file system has and what the limits leave. */
export function statfs(ledger: Ledger, request: StatfsRequest, inner: Inner<StatfsRequest, FileSystemStatistics>): Result<FileSystemStatistics> {
  return after(inner(request), (reply) => {
    const error = failed(reply) ? reply as Errno : request.encode(reply as FileSystemStatistics | Done);
    if (error < 0) return error as Errno;
    const { u32 } = request.channel.slab;
    const at = request.statfsOffset >> 2;
    const unit = u32[at + (Kstatfs.frsize >> 2)]! || u32[at + (Kstatfs.bsize >> 2)]! || 4096;
    const least = (field: number, limit: number): void => {
      if (limit < Infinity) putU64(u32, at + (field >> 2), Math.min(getU64(u32, at + (field >> 2)), limit));
    };
    least(Kstatfs.blocks, Math.ceil(ledger.byteLimit / unit));
    for (const field of [Kstatfs.bfree, Kstatfs.bavail]) least(field, Math.floor(Math.min(ledger.bytesLeft, ledger.byteLimit) / unit));
    least(Kstatfs.files, ledger.inodeLimit);
    least(Kstatfs.ffree, Math.min(ledger.inodesLeft, ledger.inodeLimit));
    return Done;
  });
}

function failed(reply: Reply<unknown>): boolean {
  return typeof reply === 'number' && reply < 0;
}
