import { Errno } from '../../core/filesystem/errno.js';
import { native } from '../../native/index.js';
import { receiveMessage } from '../../native/socket.js';
import { decodeHeader, HEADER_SIZE, type Header, Malformed, MAX_FDS } from './protocol/index.js';

export interface Message {
  readonly header: Header;
  readonly payload: Uint8Array;
  /** The descriptors that came along; who takes one out of the list owns it. */
  readonly fds: number[];
}

/** Cuts the stream of a vhost-user socket into messages; header, payload and descriptors may come in any pieces. */
export class MessageReader {
  private readonly came = new Int32Array(MAX_FDS);
  private fds: number[] = [];
  private header: Header | undefined;
  private buffer = new Uint8Array(HEADER_SIZE);
  private length = 0;

  constructor(private readonly socket: number) {}

  /** The next message; undefined: it is not all there yet; null: the stream has ended. After Malformed it is lost. */
  next(): Message | Malformed | null | undefined {
    for (;;) {
      while (this.length < this.buffer.length) {
        const received = receiveMessage(this.socket, this.buffer, this.came, this.length);
        if (received === Errno.EAGAIN || received === Errno.EINTR) return undefined;
        if (received <= 0) return null;
        this.length += received;
        this.keep();
      }
      if (this.header) return this.take(this.header);
      const header = decodeHeader(this.buffer);
      if (header instanceof Malformed) return header;
      this.header = header;
      this.expect(header.size);
    }
  }

  /** Closes the descriptors of a message that never became whole. */
  close(): void {
    for (const fd of this.fds.splice(0)) native.closeFd(fd);
  }

  private take(header: Header): Message {
    const message = { header, payload: this.buffer, fds: this.fds };
    this.header = undefined;
    this.fds = [];
    this.expect(HEADER_SIZE);
    return message;
  }

  private expect(bytes: number): void {
    this.buffer = new Uint8Array(bytes);
    this.length = 0;
  }

  private keep(): void {
    for (const fd of this.came) {
      if (fd < 0) return;
      if (this.fds.length < MAX_FDS) this.fds.push(fd);
      else native.closeFd(fd);
    }
  }
}
