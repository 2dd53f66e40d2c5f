import { getU64 } from '../protocol/words.js';
import { Attr } from '../protocol/structs.js';
import type { Attributes } from './attributes.js';
import type { Entry } from './entry.js';
import type { EntryRequest } from './requests/entry.js';
import { Done, type Reply, type Result } from './result.js';

/** What a layer makes of an answer, at once or when it comes. */
export function after<T, U>(result: Result<T>, then: (reply: Reply<T>) => Reply<U>): Result<U> {
  return result instanceof Promise ? result.then(then) : then(result);
}

/** The node that a request is answered with, wherever the reply stands; 0 for an error, or when there is no such name. */
export function entryNode(request: EntryRequest, reply: Reply<Entry>): number {
  if (typeof reply === 'object') return reply.node;
  return reply === Done && request.body > 0 ? request.answeredNode : 0;
}

/** What layers look at of attributes. */
export type Figures = Pick<Attributes, 'size' | 'nlink' | 'mode'>;

/** The attributes that a request is answered with, which stand at `attrOffset` or are the reply; undefined for an error. */
export function answeredFigures(request: { readonly channel: EntryRequest['channel']; readonly attrOffset: number; readonly body: number }, reply: Reply<Attributes | Entry>): Figures | undefined {
  if (typeof reply === 'object') return 'attributes' in reply ? reply.attributes : reply;
  return reply === Done && request.body > 0 ? figuresAt(request.channel.slab.u32, request.attrOffset) : undefined;
}

/** The same of `struct fuse_attr` at byte `offset` of the slab. */
export function figuresAt(u32: Uint32Array, offset: number): Figures {
  const at = offset >> 2;
  return { size: getU64(u32, at + (Attr.size >> 2)), nlink: u32[at + (Attr.nlink >> 2)]!, mode: u32[at + (Attr.mode >> 2)]! };
}
