import { native } from './index.js';

/** What native/src/socket.cc exports; see the functions below. */
export interface SocketFunctions {
  socketListen(path: string, mode: number): number;
  socketConnect(path: string): number;
  socketAccept(fd: number): number;
  socketPair(fds: Int32Array): number;
  socketAdopt(fd: number): number;
  socketDatagram(path: string): number;
  socketSend(fd: number, bytes: Uint8Array, start: number, length: number, fds: Int32Array): number;
  socketHungUp(fd: number): number;
  socketReceive(fd: number, bytes: Uint8Array, start: number, length: number, fds: Int32Array): number;
}

/** A socket file's path is at most this many bytes, unix(7). */
export const SOCKET_PATH_MAX = 107;

const NO_FDS = new Int32Array(0);

/** A stream socket listening at `path`, whose file gets `mode` less the umask; its fd or -errno (-EADDRINUSE: the file exists). */
export const listen = (path: string, mode: number): number => native.socketListen(path, mode);

/** A stream socket connected to `path`; its fd or -errno (-EAGAIN: the listener's backlog is full). */
export const connect = (path: string): number => native.socketConnect(path);

/** The next waiting connection's fd, -EAGAIN when there is none, or another -errno. */
export const accept = (listener: number): number => native.socketAccept(listener);

/** Two connected stream sockets, blocking ones for a child process's sake; 0 or -errno. */
export const socketPair = (fds: Int32Array): number => native.socketPair(fds);

/** Of a descriptor from outside: 0 for a listening, 1 for a connected Unix stream socket, or -errno (-EPROTOTYPE: a socket of another kind). */
export const adoptSocket = (fd: number): number => native.socketAdopt(fd);

/** A datagram socket connected to `path` (`@name`: an abstract one); its fd or -errno. */
export const datagramSocket = (path: string): number => native.socketDatagram(path);

/** Whether the other end has closed; what it sent before may still be read. */
export const hungUp = (fd: number): boolean => native.socketHungUp(fd) === 1;

/**
 * Sends `bytes[start, start + length)`, with `fds` (at most 253) riding on the first byte; never waits. The bytes sent,
 * possibly fewer and then with all of the fds, or -errno.
 */
export function sendMessage(fd: number, bytes: Uint8Array, fds = NO_FDS, start = 0, length = bytes.length - start): number {
  return native.socketSend(fd, bytes, start, length, fds);
}

/**
 * Receives into `bytes[start, start + length)`; never waits. The bytes received, 0 at the end of the stream, or -errno.
 * `fds` gets the descriptors that came along, -1 in the rest; those it has no room for are closed.
 */
export function receiveMessage(fd: number, bytes: Uint8Array, fds = NO_FDS, start = 0, length = bytes.length - start): number {
  return native.socketReceive(fd, bytes, start, length, fds);
}
