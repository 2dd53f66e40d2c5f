import type { HandlerTable } from '../dispatch/table.js';
import { Errno } from '../filesystem/errno.js';
import { type FileLockRange, type LockRequest, LockType } from '../filesystem/requests/lock.js';
import type { FlushRequest, Release } from '../filesystem/requests/open.js';
import { Done, type Result } from '../filesystem/result.js';
import { Opcode } from '../protocol/opcode.js';
import { LockTable } from './lock-table.js';
import type { Lock } from './range.js';
import { decodeLock, encodeLock } from './saved.js';

/**
 * The locks of one mount: fcntl(2) locks, those of open file descriptions among them, and flock(2) locks, which do not
 * see each other. They are kept here, over all sessions, so that guests and the host exclude one another; plugins need
 * not know of them.
 */
export class LockService {
  private readonly posix = new LockTable();
  private readonly flock = new LockTable('flock');
  /** Locks that wait, by the channel whose slots they hold. */
  private readonly waiting = new WeakMap<object, number>();

  /** `most`: locks that one session may hold; `refused` is called when it asks for one more. */
  constructor(private readonly most = Infinity, private readonly refused: (session: object) => void = () => {}) {}

  /** Puts the lock handlers into a dispatcher's table, unless the plugin has its own. */
  extend(table: HandlerTable): void {
    if (table[Opcode.SETLK]) return;
    table[Opcode.GETLK] = (request) => this.test(request as LockRequest);
    table[Opcode.SETLK] = (request) => this.set(request as LockRequest);
    table[Opcode.SETLKW] = (request) => this.setWaiting(request as LockRequest);
    const [flush, release] = [table[Opcode.FLUSH], table[Opcode.RELEASE]];
    table[Opcode.FLUSH] = (request) => {
      this.flushed(request as FlushRequest);
      return flush ? flush(request) : Done;
    };
    table[Opcode.RELEASE] = (request) => {
      this.released(request as Release);
      return release ? release(request) : Done;
    };
  }

  private test(request: LockRequest): Result<FileLockRange> {
    const lock = lockOf(request);
    if (!lock) return Errno.EINVAL;
    const other = this.table(request).test(request.node, lock);
    const none = { type: LockType.UNLOCK, start: lock.start, end: lock.end, pid: 0 };
    return other ? { type: other.type, start: other.start, end: other.end, pid: other.owner.session === lock.owner.session ? other.pid : 0 } : none;
  }

  private set(request: LockRequest): Result {
    return this.unlock(request) ?? this.full(request) ?? this.table(request).take(request.node, lockOf(request)!);
  }

  /** A lock that waits holds a slot of its channel, so that only half of them may: an unlock must always get through. */
  private setWaiting(request: LockRequest): Result {
    const done = this.unlock(request) ?? this.full(request);
    if (done !== undefined) return done;
    const { channel } = request;
    const waiting = this.waiting.get(channel) ?? 0;
    if (waiting * 2 >= channel.slots) return Errno.ENOLCK;
    const result = this.table(request).wait(request.node, lockOf(request)!, request.signal);
    if (!(result instanceof Promise)) return result;
    this.waiting.set(channel, waiting + 1);
    return result.finally(() => this.waiting.set(channel, this.waiting.get(channel)! - 1));
  }

  /** Does what needs no waiting; undefined when a lock is to be taken. */
  private unlock(request: LockRequest): Result | undefined {
    if (request.type === LockType.UNLOCK) {
      const { node, owner, rangeStart, rangeEnd } = request;
      if (this.table(request).splits(node, owner, rangeStart, rangeEnd)) {
        const full = this.full(request);
        if (full !== undefined) return full;
      }
      this.table(request).drop(node, owner, rangeStart, rangeEnd);
      return Done;
    }
    return lockOf(request) ? undefined : Errno.EINVAL;
  }

  /** ENOLCK when the guest may hold no further lock. */
  private full({ owner: { session } }: LockRequest): Errno | undefined {
    if (this.most === Infinity || this.held(session) < this.most) return undefined;
    this.refused(session);
    return Errno.ENOLCK;
  }

  /** How many locks a session holds. */
  held(session: object): number {
    return this.posix.held(session) + this.flock.held(session);
  }

  private table(request: LockRequest): LockTable {
    return request.flock ? this.flock : this.posix;
  }

  /** A process has closed the file once: its fcntl(2) locks on it are gone, however they were taken. */
  private flushed(request: FlushRequest): void {
    if (this.posix.size > 0) this.posix.drop(request.node, request.owner);
  }

  /** The open file is gone, and with it the locks that belong to it. */
  private released({ node, session, openIndex }: Release): void {
    if (this.posix.size > 0) this.posix.dropHandle(node, session, openIndex);
    if (this.flock.size > 0) this.flock.dropHandle(node, session, openIndex);
  }

  /** A session is gone with all it held. */
  ended(session: object): void {
    this.posix.dropSession(session);
    this.flock.dropSession(session);
  }

  /** Calls `visit` for every lock of a session, as `restore` takes it. */
  forEach(session: object, visit: (node: number, lock: Uint32Array) => void): void {
    for (const [table, flock] of [[this.posix, false], [this.flock, true]] as const) {
      table.forEach((node, lock) => {
        if (lock.owner.session === session) visit(node, encodeLock(lock, flock));
      });
    }
  }

  /** Takes or gives back a lock as a session did in an earlier process; `words`: `fuse_lk_in`, or an owner that has closed the file. */
  restore(session: object, node: number, words: Uint32Array): void {
    if (words.length <= 2) return this.posix.drop(node, { session, low: words[0]!, high: words[1]! });
    const { lock, flock } = decodeLock(words, session);
    const table = flock ? this.flock : this.posix;
    if (lock.type === LockType.UNLOCK) table.drop(node, lock.owner, lock.start, lock.end);
    else table.take(node, lock as Lock);
  }

  /** A handle was closed in the earlier process. */
  forgetHandle(session: object, handle: number): void {
    for (const table of [this.posix, this.flock]) table.forEach((node) => table.dropHandle(node, session, handle));
  }

  /** Nodes with a lock or a waiter, of both kinds. */
  get size(): number {
    return this.posix.size + this.flock.size;
  }
}

/** The lock a request asks for, or undefined when its type or its range is none. */
function lockOf(request: LockRequest): Lock | undefined {
  const { type, rangeStart: start, rangeEnd: end } = request;
  if ((type !== LockType.READ && type !== LockType.WRITE) || start > end) return undefined;
  return { owner: request.owner, type, start, end, pid: request.lockPid, handle: request.openIndex };
}
