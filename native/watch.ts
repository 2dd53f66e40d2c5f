import { native } from './index.js';

/** What native/src/watch_binding.cc exports. */
export interface WatchFunctions {
  watchOpen(fd: number, events: number, callback: (events: number) => void): number;
  watchListen(watch: number, events: number): number;
  watchSetRef(watch: number, ref: number): void;
  watchClose(watch: number): void;
}

/** Events to watch for; a hang-up or an error of the fd counts as whichever is watched. */
export const READABLE = 1;
export const WRITABLE = 2;

const CLOSED = -1;

/** An fd watched by the event loop: uv_poll_t, level-triggered, one call per turn of the loop. */
export class Watch {
  private id: number;

  constructor(fd: number, events: number, callback: (events: number) => void) {
    this.id = native.watchOpen(fd, events, callback);
    if (this.id < 0) throw new Error(`The descriptor ${fd} cannot be watched: errno ${-this.id}.`);
  }

  /** Changes the events watched; 0 pauses. */
  listen(events: number): void {
    native.watchListen(this.id, events);
  }

  /** Keeps the process alive, as it does from the start. */
  ref(): void {
    native.watchSetRef(this.id, 1);
  }

  /** Lets the process end although the watch is open. */
  unref(): void {
    native.watchSetRef(this.id, 0);
  }

  /** Ends it: no callback comes any more. Call it before the fd is closed; legal inside the callback, and twice. */
  close(): void {
    native.watchClose(this.id);
    this.id = CLOSED;
  }
}

/**
 * Calls `callback` with the events seen, or a negative errno, whenever `fd` is ready. An fd is watched at most once
 * (EEXIST), becomes non-blocking, and is no regular file (EPERM).
 */
export const watch = (fd: number, events: number, callback: (events: number) => void): Watch => new Watch(fd, events, callback);
