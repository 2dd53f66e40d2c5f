import { Session } from '../core/session/session.js';

/** A session whose opens tell the fd of this host behind them, instead of registering it with a kernel. */
export class InnerSession extends Session {
  private backingFd = -1;

  override get backs(): boolean {
    return true;
  }
  override back(_node: number, fd: number): number {
    this.backingFd = fd;
    return 0;
  }
  /** What the plugin asked for and no more: what a kernel may cache is for the session to say that serves one. */
  override openFlags(flags: number): number {
    return flags;
  }
  /** The fd behind the open that is being answered, or -1. */
  takeBacking(): number {
    const fd = this.backingFd;
    this.backingFd = -1;
    return fd;
  }
}
