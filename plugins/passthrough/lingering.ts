/** Nodes that linger at most, and the bound of their numbers: what lingers makes no column long. */
const MOST = 1 << 14;
const NUMBERS = 1 << 15;
/** A node lingers for one to two of these, in milliseconds. */
const TERM = 10_000;
/** Nodes that are let go of in one go, and milliseconds until the next ones are. */
const BATCH = 2048;
const SOON = 10;

const DOOMED = -1;

/**
 * Nodes that nobody refers to any more. They are kept for a while, first in, first out, with what was found out about their
 * files: a kernel that gives back memory asks for many of them again. They hold no fds.
 */
export class Lingering {
  /** Node numbers by place; 0 where one was taken again. */
  private readonly ring = new Int32Array(MOST);
  /** Each node's place, plus one; `DOOMED`: it shall have none. */
  private readonly places = new Int32Array(NUMBERS);
  /** Places ever taken, and those of them that are free again. */
  private head = 0;
  private tail = 0;
  /** `head` when the term began. */
  private mark = 0;
  private timer: NodeJS.Timeout | undefined;

  private closed = false;

  /** `drop` is told of each node whose time is over. */
  constructor(private readonly drop: (node: number) => void) {}

  has(node: number): boolean {
    return node < NUMBERS && this.places[node]! > 0;
  }

  /** Has the node linger from now on; false when it is to be dropped at once. */
  add(node: number): boolean {
    if (node >= NUMBERS || this.closed) return false;
    const doomed = this.places[node] === DOOMED;
    this.take(node);
    if (doomed) return false;
    if (this.timer === undefined) this.begin();
    if (this.head - this.tail === MOST) this.dropOldest();
    const at = this.head++ % MOST;
    this.ring[at] = node;
    this.places[node] = at + 1;
    return true;
  }

  /** Somebody refers to the node again, or it is dropped. */
  take(node: number): void {
    if (this.has(node)) this.ring[this.places[node]! - 1] = 0;
    if (node < NUMBERS) this.places[node] = 0;
  }

  /** The last name of the node's file goes: nobody can ask for it again. */
  doom(node: number): void {
    this.take(node);
    if (node < NUMBERS) this.places[node] = DOOMED;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private begin(): void {
    this.mark = this.head;
    this.timer = setTimeout(this.end, TERM).unref();
  }

  private readonly end = (): void => {
    for (let left = BATCH; left > 0 && this.tail < this.mark; left--) this.dropOldest();
    this.timer = this.tail < this.mark ? setTimeout(this.end, SOON).unref() : undefined;
    if (this.timer === undefined && this.tail < this.head) this.begin();
  };

  private dropOldest(): void {
    const node = this.ring[this.tail++ % MOST]!;
    if (node === 0) return;
    this.places[node] = 0;
    this.drop(node);
  }
}
