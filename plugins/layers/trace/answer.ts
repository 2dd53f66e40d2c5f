import { createHash } from 'node:crypto';
import type { Attributes } from '../../../core/filesystem/attributes.js';
import type { Created, Entry, Opened } from '../../../core/filesystem/entry.js';
import { errnoName } from '../../../core/filesystem/errno.js';
import { entryNode } from '../../../core/filesystem/replies.js';
import type * as r from '../../../core/filesystem/requests/index.js';
import { nameBytes } from '../../../core/protocol/names.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { slab } from '../../../native/index.js';
import { attributesAt } from '../../../stack/replies.js';
import { base64 } from './arguments.js';
import type { TraceAnswer, TraceAttributes } from './record.js';

type Tell = (request: never, reply: never) => TraceAnswer;

function shown({ mode, uid, gid, size, nlink, rdev }: Attributes): TraceAttributes {
  return { mode, uid, gid, size, nlink, rdev };
}

function entry(request: r.LookupRequest, reply: Entry | 0): TraceAnswer {
  const node = entryNode(request, reply);
  return node === 0 ? { entry: 0 } : { entry: node, attributes: shown(reply === 0 ? attributesAt(request.attrOffset) : reply.attributes) };
}
const attributes = (request: r.GetattrRequest, reply: Attributes | 0): TraceAnswer => ({ attributes: shown(reply === 0 ? attributesAt(request.attrOffset) : reply) });
const opened = (request: r.OpenRequest, reply: Opened | 0): TraceAnswer => ({ opened: reply === 0 ? request.answeredHandle : reply.handle ?? 0 });
const created = (request: r.CreateRequest, reply: Created | 0): TraceAnswer => ({ ...entry(request as never, reply), ...opened(request as never, reply) });

/** Bytes that the file system has handed over, or that stand in the slab. */
function value(bytes: Uint8Array | string | 0, at: number, sent: number): TraceAnswer {
  const all = typeof bytes === 'string' ? nameBytes(bytes) : bytes === 0 ? slab.u8.slice(at, at + sent) : bytes;
  return { value: base64(all) };
}

function read(request: r.ReadRequest, reply: Uint8Array | 0): TraceAnswer {
  return reply === 0 ? { count: request.sent } : { count: reply.length, sha1: createHash('sha1').update(reply).digest('base64') };
}
const count = (_request: unknown, reply: number): TraceAnswer => ({ count: reply });
/** The count may stand in the reply already. */
const written = (request: r.WriteRequest, reply: number): TraceAnswer => ({ count: reply === 0 ? request.count : reply });

const tellers: Partial<Record<Opcode, Tell>> = {
  [Opcode.LOOKUP]: entry, [Opcode.MKNOD]: entry, [Opcode.MKDIR]: entry, [Opcode.SYMLINK]: entry, [Opcode.LINK]: entry,
  [Opcode.CREATE]: created, [Opcode.TMPFILE]: created,
  [Opcode.GETATTR]: attributes, [Opcode.SETATTR]: attributes,
  [Opcode.OPEN]: opened, [Opcode.OPENDIR]: opened,
  [Opcode.READ]: read,
  [Opcode.WRITE]: written, [Opcode.LSEEK]: count, [Opcode.COPY_FILE_RANGE]: count, [Opcode.COPY_FILE_RANGE_64]: count,
  [Opcode.READLINK]: (request: r.ReadlinkRequest, reply: Uint8Array | string | 0) => value(reply, request.targetOffset, request.sent),
  [Opcode.GETXATTR]: (request: r.GetxattrRequest, reply: Uint8Array | 0) => (request.size === 0 ? {} : value(reply, request.valueOffset, request.sent)),
};

const nothing: Tell = () => ({});

/** What a recording says of an answer to a request of this kind. */
export function answerOf(opcode: Opcode): (request: unknown, reply: unknown) => TraceAnswer {
  const tell = tellers[opcode] ?? nothing;
  return (request, reply) => (typeof reply === 'number' && reply < 0 ? { error: errnoName(reply) } : tell(request as never, reply as never));
}
