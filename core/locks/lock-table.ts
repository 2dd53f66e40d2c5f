import { Errno } from '../filesystem/errno.js';
import { Done } from '../filesystem/result.js';
import { conflict, conflicts, type Lock, type LockOwner, sameOwner, without, withLock } from './range.js';

interface Waiter {
  readonly node: number;
  readonly lock: Lock;
  grant(): void;
}

/** The locks of one kind on one node, and who waits for one. */
interface NodeLocks {
  held: Lock[];
  waiting: Waiter[];
}

/** Waiters that are looked at for a deadlock; Linux gives up after 10 (MAX_DEADLK_ITERATIONS). */
const STEPS = 64;

/** Locks of one kind on all nodes of a mount, over all of its sessions. */
export class LockTable {
  private readonly nodes = new Map<number, NodeLocks>();
  private readonly counts = new Map<object, number>();

  /** flock(2) gives the old lock back before it asks for another type, and finds no deadlocks; fcntl(2) is the other way round. */
  constructor(private readonly kind: 'fcntl' | 'flock' = 'fcntl') {}

  /** A lock that conflicts with `wanted`, or undefined. */
  test(node: number, wanted: Lock): Lock | undefined {
    return conflict(this.nodes.get(node)?.held ?? [], wanted);
  }

  /** Takes a lock, changing what its owner had on these bytes; EAGAIN when another owner is in the way. */
  take(node: number, lock: Lock): Done | Errno {
    if (this.kind === 'flock') this.convert(node, lock);
    const locks = this.of(node);
    if (conflict(locks.held, lock)) return Errno.EAGAIN;
    this.change(locks, withLock(locks.held, lock), lock.owner.session);
    this.wake(node);
    return Done;
  }

  /** Waits until the lock can be taken; EINTR when `signal` fires first, EDEADLK when its owner would wait for itself. */
  wait(node: number, lock: Lock, signal: AbortSignal): Done | Errno | Promise<Done | Errno> {
    const now = this.take(node, lock);
    if (now === Done) return Done;
    if (this.kind === 'fcntl' && this.deadlocks(node, lock, lock.owner)) return Errno.EDEADLK;
    return new Promise((resolve) => {
      const waiter: Waiter = { node, lock, grant: () => (signal.removeEventListener('abort', abort), resolve(Done)) };
      const abort = (): void => {
        const locks = this.of(node);
        locks.waiting = locks.waiting.filter((other) => other !== waiter);
        this.tidy(node);
        resolve(Errno.EINTR);
      };
      if (signal.aborted) return resolve(Errno.EINTR);
      signal.addEventListener('abort', abort);
      this.of(node).waiting.push(waiter);
    });
  }

  /** Gives the bytes `start` to `end` of `owner` back. */
  drop(node: number, owner: LockOwner, start = 0, end = Infinity): void {
    const locks = this.nodes.get(node);
    if (!locks) return;
    this.change(locks, without(locks.held, owner, start, end), owner.session);
    this.wake(node);
  }

  /** Gives back what was taken through a handle that is closed for good. */
  dropHandle(node: number, session: object, handle: number): void {
    this.filter(node, session, (lock) => lock.owner.session !== session || lock.handle !== handle);
  }

  /** Gives back everything of a session that has ended. */
  dropSession(session: object): void {
    for (const node of this.nodes.keys()) this.filter(node, session, (lock) => lock.owner.session !== session);
    this.counts.delete(session);
  }

  /** Calls `visit` for every lock that is held. */
  forEach(visit: (node: number, lock: Lock) => void): void {
    for (const [node, { held }] of this.nodes) for (const lock of held) visit(node, lock);
  }

  /** Whether one who is in the way of `lock` waits, perhaps for others that wait, for `owner`; as far as `STEPS` leads. */
  private deadlocks(node: number, lock: Lock, owner: LockOwner, waiters = this.waiters(), seen = new Set<Waiter>()): boolean {
    return this.of(node).held.some((other) => conflicts(other, lock) && (sameOwner(other.owner, owner) || waitsOf(waiters, other.owner).some((waiter) => {
      if (seen.has(waiter) || seen.size >= STEPS) return false;
      seen.add(waiter);
      return this.deadlocks(waiter.node, waiter.lock, owner, waiters, seen);
    })));
  }

  private waiters(): Waiter[] {
    return [...this.nodes.values()].flatMap(({ waiting }) => waiting);
  }

  private convert(node: number, { owner, type }: Lock): void {
    if (this.nodes.get(node)?.held.some((lock) => lock.type !== type && sameOwner(lock.owner, owner))) this.drop(node, owner);
  }

  private filter(node: number, session: object, keep: (lock: Lock) => boolean): void {
    const locks = this.nodes.get(node);
    if (!locks) return;
    this.change(locks, locks.held.filter(keep), session);
    this.wake(node);
  }

  /** Grants what waits, in the order of arrival, as far as it goes. */
  private wake(node: number): void {
    const locks = this.nodes.get(node)!;
    locks.waiting = locks.waiting.filter((waiter) => {
      if (conflict(locks.held, waiter.lock)) return true;
      this.change(locks, withLock(locks.held, waiter.lock), waiter.lock.owner.session);
      waiter.grant();
      return false;
    });
    this.tidy(node);
  }

  private of(node: number): NodeLocks {
    let locks = this.nodes.get(node);
    if (!locks) this.nodes.set(node, (locks = { held: [], waiting: [] }));
    return locks;
  }

  private tidy(node: number): void {
    const locks = this.nodes.get(node);
    if (locks?.held.length === 0 && locks.waiting.length === 0) this.nodes.delete(node);
  }

  /** How many locks a session holds. */
  held(session: object): number {
    return this.counts.get(session) ?? 0;
  }

  /** Whether giving these bytes back would leave two locks where there is one. */
  splits(node: number, owner: LockOwner, start: number, end: number): boolean {
    const held = this.nodes.get(node)?.held;
    return held !== undefined && without(held, owner, start, end).length > held.length;
  }

  /** All that changes of the locks held is of one session. */
  private change(locks: NodeLocks, held: Lock[], session: object): void {
    if (held.length !== locks.held.length) this.counts.set(session, this.held(session) + held.length - locks.held.length);
    locks.held = held;
  }

  /** Nodes with a lock or a waiter. */
  get size(): number {
    return this.nodes.size;
  }
}

function waitsOf(waiters: readonly Waiter[], owner: LockOwner): Waiter[] {
  return waiters.filter((waiter) => sameOwner(waiter.lock.owner, owner));
}
