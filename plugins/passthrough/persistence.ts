import { constants } from 'node:fs';
import type { Opened } from '../../core/filesystem/entry.js';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import { HandleKind } from '../../core/filesystem/handles.js';
import type { Persistence } from '../../core/filesystem/persistence.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Attr } from '../../core/protocol/structs.js';
import { getU64 } from '../../core/protocol/words.js';
import { native, slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { adopt } from './create.js';
import { answerEntry } from './lookup.js';
import { FileType } from './known-files.js';
import { onlyReads, openFlags } from './open.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

const { O_APPEND, O_CREAT, O_EXCL, O_TRUNC } = constants;
const XATTR_CREATE = 1;
/** FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE: they move what is behind. */
const MOVES = 0x08 | 0x20;

/** Words that tell what stands under a name: inode number, birth time; zero for nothing. */
const SEEN = 4;

/** Lets a share's sessions outlive this process. Intents are what the host showed before: names, sizes, attributes. */
export class SharePersistence implements Persistence {
  onMoved?: (node: number) => void;

  constructor(private readonly share: Share) {
    share.nodes.onMoved = (node) => this.onMoved?.(node);
  }

  saveNode(node: number, words: Uint32Array, at: number, portable = false): number {
    return portable ? this.share.nodes.saved.savePath(node, words, at) : this.share.nodes.saved.save(node, words, at);
  }

  restoreNode(node: number, saved: Uint32Array, checked: boolean): number {
    const error = this.share.nodes.saved.restore(node, saved);
    return error < 0 || !checked ? error : Math.min(this.share.nodes.fd(node), 0);
  }

  reopen(node: number, kind: HandleKind, flags: number, writeback: boolean): Opened | Errno {
    const { nodes, streams, readonly } = this.share;
    if (readonly && !onlyReads(flags)) return Errno.EROFS;
    if (kind === HandleKind.FILE && nodes.type(node) === FileType.DIRECTORY) return Errno.EISDIR;
    const fd = nodes.open(node, openFlags(flags & ~(O_CREAT | O_EXCL | O_TRUNC), writeback));
    if (fd < 0) return asErrno(fd);
    nodes.opened(node, fd);
    if (kind === HandleKind.FILE) return { handle: fd, data: fd };
    streams.open(fd);
    return { handle: fd };
  }

  intend(opcode: Opcode, request: unknown, words: Uint32Array, at: number): number {
    switch (opcode) {
      case Opcode.MKDIR:
      case Opcode.MKNOD:
      case Opcode.SYMLINK:
      case Opcode.CREATE:
      case Opcode.UNLINK:
      case Opcode.RMDIR: {
        const { parent, nameOffset } = request as r.RemoveRequest;
        return this.see(parent, nameOffset, words, at);
      }
      case Opcode.LINK: {
        const { parent, nameOffset, source } = request as r.LinkRequest;
        return this.see(parent, nameOffset, words, at) + this.see(source, 0, words, at + SEEN);
      }
      case Opcode.RENAME:
      case Opcode.RENAME2: {
        const { parent, nameOffset, newParent, newNameOffset } = request as r.RenameRequest;
        return this.see(parent, nameOffset, words, at) + this.see(newParent, newNameOffset, words, at + SEEN);
      }
      case Opcode.SETXATTR:
        if (((request as r.SetxattrRequest).flags & XATTR_CREATE) === 0) return 0;
        return this.has(request as r.SetxattrRequest, words, at);
      case Opcode.REMOVEXATTR:
        return this.has(request as r.RemovexattrRequest, words, at);
      case Opcode.WRITE:
        return appends(request as r.WriteRequest) ? size((request as r.WriteRequest).handle, words, at) : 0;
      case Opcode.FALLOCATE:
        return ((request as r.FallocateRequest).mode & MOVES) !== 0 ? size((request as r.FallocateRequest).handle, words, at) : 0;
      default:
        return 0;
    }
  }

  redo(opcode: Opcode, request: unknown, intent: Uint32Array): Result<unknown> | Errno | undefined {
    const now = new Uint32Array(2 * SEEN);
    this.intend(opcode, request, now, 0);
    const changed = !same(now, 0, intent, 0);
    switch (opcode) {
      case Opcode.UNLINK:
      case Opcode.RMDIR:
        return changed && !nothing(intent, 0) ? Done : undefined;
      case Opcode.MKDIR:
      case Opcode.MKNOD:
      case Opcode.SYMLINK:
        return changed && nothing(intent, 0) ? this.entry(request as r.MkdirRequest) : undefined;
      case Opcode.LINK:
        return nothing(intent, 0) && same(now, 0, intent, SEEN) ? this.entry(request as r.LinkRequest) : undefined;
      case Opcode.CREATE:
        return changed && nothing(intent, 0) ? adopt(this.share, request as r.CreateRequest) : undefined;
      case Opcode.RENAME:
      case Opcode.RENAME2: {
        const exchanged = ((request as r.RenameRequest).flags & RenameFlag.EXCHANGE) === 0 || same(now, 0, intent, SEEN);
        return changed && !nothing(intent, 0) && same(now, SEEN, intent, 0) && exchanged ? this.renamed(request as r.RenameRequest) : undefined;
      }
      case Opcode.SETXATTR:
        return now[0] === 1 && intent[0] === 0 ? Done : undefined;
      case Opcode.REMOVEXATTR:
        return now[0] === 0 && intent[0] === 1 ? Done : undefined;
      case Opcode.WRITE:
        return written(request as r.WriteRequest, getU64(now, 0) - getU64(intent, 0), intent);
      case Opcode.FALLOCATE:
        return getU64(now, 0) === getU64(intent, 0) ? undefined : Done;
      default:
        return undefined;
    }
  }

  /** Notes what stands under a name of `node`, or with name 0 the node itself. */
  private see(node: number, name: number, words: Uint32Array, at: number): number {
    const fd = this.share.nodes.fd(node);
    const seen = fd >= 0 && native.lookup(fd, name, scratch.attr, scratch.identity) >= 0;
    const from = scratch.identity >> 2;
    words[at] = seen ? slab.u32[from]! : 0;
    words[at + 1] = seen ? slab.u32[from + 1]! : 0;
    words[at + 2] = seen ? slab.u32[from + (Identity.btime >> 2)]! : 0;
    words[at + 3] = seen ? slab.u32[from + (Identity.btimensec >> 2)]! : 0;
    return SEEN;
  }

  /** Notes whether the node has the attribute. */
  private has({ node, nameOffset }: { node: number; nameOffset: number }, words: Uint32Array, at: number): number {
    const fd = this.share.nodes.fd(node);
    words[at] = fd >= 0 && native.getxattr(fd, nameOffset, 0, 0) >= 0 ? 1 : 0;
    return 1;
  }

  private entry(request: r.MkdirRequest | r.LinkRequest): Done | Errno {
    const dirfd = this.share.nodes.fd(request.parent);
    return dirfd < 0 ? asErrno(dirfd) : answerEntry(this.share, request, dirfd, request.nameOffset);
  }

  private renamed({ parent, newParent, nameOffset, newNameOffset, flags }: r.RenameRequest): Done {
    const { nodes } = this.share;
    nodes.moved(newParent, nodes.fd(newParent), newNameOffset);
    if ((flags & RenameFlag.EXCHANGE) !== 0) nodes.moved(parent, nodes.fd(parent), nameOffset);
    return Done;
  }
}

function appends({ flags, fromCache, writeback }: r.WriteRequest): boolean {
  return (flags & O_APPEND) !== 0 && !fromCache && !writeback;
}

/** A write that was cut short by the end of the process is taken back, and then made whole. */
function written(request: r.WriteRequest, grown: number, intent: Uint32Array): number | Errno | undefined {
  if (grown >= request.size) return request.size;
  if (grown <= 0) return undefined;
  const error = native.truncate(request.handle, getU64(intent, 0));
  return error < 0 ? asErrno(error) : undefined;
}

function size(fd: number, words: Uint32Array, at: number): number {
  if (native.lookup(fd, 0, scratch.attr, scratch.identity) < 0) return 0;
  words[at] = slab.u32[(scratch.attr + Attr.size) >> 2]!;
  words[at + 1] = slab.u32[((scratch.attr + Attr.size) >> 2) + 1]!;
  return 2;
}

function same(a: Uint32Array, at: number, b: Uint32Array, from: number): boolean {
  for (let i = 0; i < SEEN; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}

function nothing(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0;
}

