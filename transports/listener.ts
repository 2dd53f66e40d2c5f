import { lchownSync, lstatSync, unlinkSync } from 'node:fs';
import { SocketBusy, SocketUnusable } from '../core/errors.js';
import { Errno, errnoName } from '../core/filesystem/errno.js';
import { native } from '../native/index.js';
import { accept, connect, listen } from '../native/socket.js';
import { READABLE, watch, type Watch } from '../native/watch.js';

/** A listening Unix socket: its file is made by `open` and removed by `close`; that of one that was `adopt`ed is its maker's. */
export class Listener {
  private closed = false;
  private held: NodeJS.Timeout | undefined;
  private readonly connections: Watch;

  private constructor(
    private readonly fd: number,
    private readonly onConnection: (fd: number) => void,
    private readonly file?: { readonly path: string; readonly inode: number },
  ) {
    this.connections = watch(fd, READABLE, () => this.accept());
  }

  /**
   * Calls `onConnection` with the descriptor of every connection. A socket file that nobody listens to any more is
   * removed. With `group` the file is that group's. Throws `SocketBusy` or `SocketUnusable`.
   */
  static open(path: string, mode: number, onConnection: (fd: number) => void, group?: number): Listener {
    let fd = listen(path, mode);
    if (fd === Errno.EADDRINUSE) {
      removeStale(path);
      fd = listen(path, mode);
    }
    if (fd < 0) throw SocketUnusable(path, errnoName(fd));
    if (group !== undefined) giveToGroup(path, group, fd);
    return new Listener(fd, onConnection, { path, inode: lstatSync(path).ino });
  }

  /** Listens on a descriptor from outside, which it takes. */
  static adopt(fd: number, onConnection: (fd: number) => void): Listener {
    return new Listener(fd, onConnection);
  }

  /** Leaves the connections that come in so many milliseconds waiting until then. */
  hold(milliseconds: number): void {
    if (milliseconds === 0 || this.closed) return;
    this.connections.listen(0);
    clearTimeout(this.held);
    this.held = setTimeout(() => {
      this.held = undefined;
      this.connections.listen(READABLE);
    }, milliseconds);
  }

  private accept(): void {
    while (!this.closed && this.held === undefined) {
      const connection = accept(this.fd);
      if (connection < 0) return;
      this.onConnection(connection);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.held);
    this.connections.close();
    native.closeFd(this.fd);
    // Another server may have put its own there.
    if (this.file && lstatSync(this.file.path, { throwIfNoEntry: false })?.ino === this.file.inode) unlinkSync(this.file.path);
  }
}

function giveToGroup(path: string, group: number, fd: number): void {
  try {
    lchownSync(path, -1, group);
  } catch (error) {
    native.closeFd(fd);
    unlinkSync(path);
    throw SocketUnusable(path, `it cannot be given to group ${group}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function removeStale(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) throw SocketUnusable(path, 'it is a file of another kind');
  const probe = connect(path);
  if (probe >= 0) native.closeFd(probe);
  if (probe >= 0 || probe === Errno.EAGAIN) throw SocketBusy(path);
  if (probe !== Errno.ECONNREFUSED) throw SocketUnusable(path, errnoName(probe));
  unlinkSync(path);
}
