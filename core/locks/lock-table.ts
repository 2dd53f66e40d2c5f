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

/** Locks of one kind on all nodes of a mount, over all of its sessions. */
export class LockTable {
  private readonly nodes = new Map<number, NodeLocks>();

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
    locks.held = withLock(locks.held, lock);
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
    locks.held = without(locks.held, owner, start, end);
    this.wake(node);
  }

  /** Gives back what was taken through a handle that is closed for good. */
  dropHandle(node: number, session: object, handle: number): void {
    this.filter(node, (lock) => lock.owner.session !== session || lock.handle !== handle);
  }

  /** Gives back everything of a session that has ended. */
  dropSession(session: object): void {
    for (const node of this.nodes.keys()) this.filter(node, (lock) => lock.owner.session !== session);
  }

  /** Calls `visit` for every lock that is held. */
  forEach(visit: (node: number, lock: Lock) => void): void {
    for (const [node, { held }] of this.nodes) for (const lock of held) visit(node, lock);
  }

  /** Whether one who is in the way of `lock` waits, perhaps for others that wait, for `owner`. */
  private deadlocks(node: number, lock: Lock, owner: LockOwner, seen = new Set<Waiter>()): boolean {
    return this.of(node).held.some((other) => conflicts(other, lock) && (sameOwner(other.owner, owner) || this.waitsOf(other.owner).some((waiter) => {
      if (seen.has(waiter)) return false;
      seen.add(waiter);
      return this.deadlocks(waiter.node, waiter.lock, owner, seen);
    })));
  }

  private waitsOf(owner: LockOwner): Waiter[] {
    return [...this.nodes.values()].flatMap(({ waiting }) => waiting.filter((waiter) => sameOwner(waiter.lock.owner, owner)));
  }

  private convert(node: number, { owner, type }: Lock): void {
    if (this.nodes.get(node)?.held.some((lock) => lock.type !== type && sameOwner(lock.owner, owner))) this.drop(node, owner);
  }

  private filter(node: number, keep: (lock: Lock) => boolean): void {
    const locks = this.nodes.get(node);
    if (!locks) return;
    locks.held = locks.held.filter(keep);
    this.wake(node);
  }

  /** Grants what waits, in the order of arrival, as far as it goes. */
  private wake(node: number): void {
    const locks = this.nodes.get(node)!;
    locks.waiting = locks.waiting.filter((waiter) => {
      if (conflict(locks.held, waiter.lock)) return true;
      locks.held = withLock(locks.held, waiter.lock);
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

  /** Nodes with a lock or a waiter. */
  get size(): number {
    return this.nodes.size;
  }
}

