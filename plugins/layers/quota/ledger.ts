import type { Figures } from '../../../core/filesystem/replies.js';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** What is known of a node while a kernel refers to it. */
interface Account {
  /** Bytes that stand for it: a regular file's size, or as far as space was reserved for it. */
  held: number;
  nlink: number;
  readonly directory: boolean;
}

/**
 * What files have grown by, and how many there are more, since the mount started. A file that was there before counts by what
 * it grows, and gives back when it shrinks or goes. What has lost its last name counts until nobody has it open.
 */
export class Ledger {
  bytes = 0;
  inodes = 0;
  private readonly accounts = new Map<number, Account>();

  /** Most of either; Infinity: no limit. */
  constructor(readonly byteLimit: number, readonly inodeLimit: number) {}

  get bytesLeft(): number {
    return Math.max(this.byteLimit - this.bytes, 0);
  }
  get inodesLeft(): number {
    return Math.max(this.inodeLimit - this.inodes, 0);
  }

  held(node: number): number {
    return this.accounts.get(node)?.held ?? 0;
  }

  /** A node has been seen, as it was before. */
  seen(node: number, { size, nlink, mode }: Figures): void {
    const account = this.accounts.get(node);
    const type = mode & S_IFMT;
    if (account) account.nlink = nlink;
    else this.accounts.set(node, { held: type === S_IFREG ? size : 0, nlink, directory: type === S_IFDIR });
  }

  /** A node has been made, for which an inode is taken already; gives that back when it was there before. */
  made(node: number, figures: Figures): void {
    if (this.accounts.has(node)) this.inodes--;
    this.seen(node, figures);
  }

  takeInode(): boolean {
    if (this.inodesLeft < 1) return false;
    this.inodes++;
    return true;
  }
  giveInode(): void {
    this.inodes--;
  }

  /** Lets a file reach to `end`; how much further it reaches than before, or -1 when there is too little left. */
  reserve(node: number, end: number): number {
    const account = this.accounts.get(node);
    const more = Math.max(end - (account?.held ?? 0), 0);
    if (more > this.bytesLeft) return -1;
    this.bytes += more;
    if (account) account.held += more;
    return more;
  }

  /** A file reaches to `end` now. */
  settle(node: number, end: number): void {
    const account = this.accounts.get(node);
    if (!account) return;
    this.bytes += end - account.held;
    account.held = end;
  }

  /** One name less. */
  unlinked(node: number): void {
    const account = this.accounts.get(node);
    if (account) account.nlink = account.directory ? 0 : account.nlink - 1;
  }

  /** No kernel refers to the node any more. */
  forgotten(node: number): void {
    const account = this.accounts.get(node);
    if (!account) return;
    this.accounts.delete(node);
    if (account.nlink > 0) return;
    this.bytes -= account.held;
    this.inodes--;
  }
}
