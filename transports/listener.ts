import { lstatSync, unlinkSync } from 'node:fs';
import { SocketBusy, SocketUnusable } from '../core/errors.js';
import { Errno, errnoName } from '../core/filesystem/errno.js';
import { native } from '../native/index.js';
import { accept, connect, listen } from '../native/socket.js';
import { READABLE, watch, type Watch } from '../native/watch.js';

/** A listening Unix socket: its file is made by `open` and removed by `close`. */
export class Listener {
  private closed = false;

  private constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly inode: number,
    private readonly connections: Watch,
  ) {}

  /**
   * Calls `onConnection` with the descriptor of every connection. A socket file that nobody listens to any more is
   * removed. Throws `SocketBusy` or `SocketUnusable`.
   */
  static open(path: string, mode: number, onConnection: (fd: number) => void): Listener {
    let fd = listen(path, mode);
    if (fd === Errno.EADDRINUSE) {
      removeStale(path);
      fd = listen(path, mode);
    }
    if (fd < 0) throw SocketUnusable(path, errnoName(fd));
    const connections = watch(fd, READABLE, () => {
      for (let connection = accept(fd); connection >= 0; connection = accept(fd)) onConnection(connection);
    });
    return new Listener(path, fd, lstatSync(path).ino, connections);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.connections.close();
    native.closeFd(this.fd);
    // Another server may have put its own there.
    if (lstatSync(this.path, { throwIfNoEntry: false })?.ino === this.inode) unlinkSync(this.path);
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
