import { native } from './index.js';

/** What native/src/doorbells_binding.cc exports. */
export interface DoorbellFunctions {
  doorbellOpen(fd: number, edge: number, channel: number, callback: () => void): number;
  doorbellListen(bell: number, on: number): number;
  doorbellClose(bell: number): void;
}

const CLOSED = -1;
const NO_CHANNEL = -1;

/**
 * An fd that announces requests: calls back while it is readable, as a `Watch` does, but is waited for by the thread before its
 * event loop, which takes one system call instead of two and none of the loop's turns. While there are any, each turn that the
 * loop takes for something else costs one system call more.
 */
export class Doorbell {
  private id: number;

  /**
   * `edge`: once each time it is signalled, read or not; for an eventfd (EPOLLET, epoll(7)). `channel`: the native id of the
   * channel whose requests it announces, which may answer some of them first (`NativeChannel.bell`).
   */
  constructor(fd: number, edge: boolean, callback: () => void, channel = NO_CHANNEL) {
    this.id = native.doorbellOpen(fd, edge ? 1 : 0, channel, callback);
    if (this.id < 0) throw new Error(`The descriptor ${fd} cannot be watched: errno ${-this.id}.`);
  }

  /** Pauses and resumes. */
  listen(on: boolean): void {
    native.doorbellListen(this.id, on ? 1 : 0);
  }

  /** Ends it: no callback comes any more. Call it before the fd is closed; legal inside the callback, and twice. */
  close(): void {
    native.doorbellClose(this.id);
    this.id = CLOSED;
  }
}
