import type { Attributes } from '../../core/filesystem/attributes.js';
import type { Created, Entry, Opened } from '../../core/filesystem/entry.js';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import { NO_HANDLE } from '../../core/filesystem/handles.js';
import { EntryRequest } from '../../core/filesystem/requests/entry.js';
import type { Request } from '../../core/filesystem/request.js';
import { Done, type Reply, type Result } from '../../core/filesystem/result.js';
import { OpenFlag } from '../../core/protocol/flags.js';
import type { Opcode } from '../../core/protocol/opcode.js';
import type { Numbers } from './numbers.js';
import type { Share } from './share.js';

/** A request whose caller may have the node open. */
type OnHandle = Request<unknown> & { readonly handle: number };

/**
 * Has the share answer a request on one of its nodes, which is the very request: nothing is copied, and files of this host
 * that it names are named to the mux's own session. `absent` answers for a share that has no handler: not ENOSYS where a
 * kernel would stop asking, for the other shares' sake.
 */
export function pass<T>(numbers: Numbers, opcode: Opcode, request: Request<never>, absent: Reply<T>): Result<T> {
  return passTo(numbers.share(request.node), numbers, opcode, request as Request<unknown>, NO_HANDLE, absent);
}

/** The same for a request on an open file or directory. */
export function passOpen<T>(numbers: Numbers, opcode: Opcode, request: Request<never> & { readonly handle: number }, absent: Reply<T>): Result<T> {
  return passTo(numbers.share(request.node), numbers, opcode, request as OnHandle, request.handle, absent);
}

/** Names the second node of a request, and its handle, as the share does while `what` passes the request on. */
export function passBoth<T>(numbers: Numbers, request: Request<never>, second: number, handle: number, what: () => Result<T>): Result<T> {
  request.passSecondOn(numbers.node(second), handle);
  const result = what();
  if (result instanceof Promise) return result.finally(() => request.passSecondOn(second, handle));
  request.passSecondOn(second, handle);
  return result;
}

function passTo<T>(share: Share | undefined, numbers: Numbers, opcode: Opcode, request: Request<unknown>, handle: number, absent: Reply<T>): Result<T> {
  // The root, on which only directories are served.
  if (share === undefined) return Errno.EISDIR;
  if (share.gone && handle === NO_HANDLE) return Errno.ESTALE;
  const handler = share.table[opcode];
  if (handler === undefined) return absent;
  const { node, idMapsPassed } = request;
  request.passOn(numbers.node(node), handle);
  request.passInto(share);
  const result = handler(request) as Result<T>;
  if (result instanceof Promise) return later(share, request, result, node, handle, absent);
  const reply = answer(share, request, result, idMapsPassed, absent);
  request.comeBack(idMapsPassed);
  request.passOn(node, handle);
  return reply;
}

async function later<T>(share: Share, request: Request<unknown>, result: Promise<Reply<T>>, node: number, handle: number, absent: Reply<T>): Promise<Reply<T>> {
  const maps = request.idMapsPassed;
  share.use();
  try {
    return answer(share, request, await result, maps, absent);
  } finally {
    share.unuse();
    request.comeBack(maps);
    request.passOn(node, handle);
  }
}

/** A share's reply as the mux's. */
function answer<T>(share: Share, request: Request<unknown>, reply: Reply<T>, maps: Request<unknown>['idMapsPassed'], absent: Reply<T>): Reply<T> {
  if (reply === Errno.ENOSYS) return absent;
  if (typeof reply !== 'object') return inPlace(share, request, reply);
  // Ids of its own are to be mapped by its layers' maps, which are not the mux's.
  if (request.idMapsPassed !== maps) return inPlace(share, request, encode(request, reply));
  return 'attributes' in (reply as object) ? (shownEntry(share, reply as unknown as Created) as Reply<T>) : openedAs(share, reply);
}

/** Layers around the mux know the node that stands in the reply by its number in the mux. */
function inPlace<T>(share: Share, request: Request<unknown>, reply: Reply<T>): Reply<T> {
  if (reply === Done && request instanceof EntryRequest && request.body > 0) request.answeredNode = share.shown(request.answeredNode);
  return reply;
}

function encode(request: Request<unknown>, reply: unknown): Done | Errno {
  const error = request.encode(reply);
  return error < 0 ? asErrno(error) : Done;
}

/** A look-up's answer; what is not found stays so. */
export function shownEntry(share: Share, entry: Partial<Opened> & Entry): Created {
  return {
    ...entry,
    attributes: entry.attributes as Attributes,
    node: entry.node === 0 ? 0 : share.shown(entry.node),
    ...(share.judgesNames ? { entryTimeout: 0 } : {}),
    ...told(share, entry),
  };
}

function openedAs<T>(share: Share, reply: Reply<T>): Reply<T> {
  return 'handle' in (reply as object) ? ({ ...(reply as object), ...told(share, reply as Opened) } as Reply<T>) : reply;
}

/** What kernel and session may do by themselves with an open file, as far as nobody around the share wants to see it. */
function told(share: Share, { flags = 0, backing = -1, data = -1 }: Partial<Opened>): Pick<Opened, 'flags' | 'backing' | 'data'> {
  const allowed = share.hearsCloses ? flags & ~OpenFlag.NOFLUSH : flags;
  return share.bare ? { flags: allowed, backing, data } : { flags: allowed, backing: -1, data: -1 };
}
