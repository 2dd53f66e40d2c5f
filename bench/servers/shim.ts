import { constants } from 'node:os';
import { rmSync } from 'node:fs';
import { native } from '../../native/index.js';
import { accept, connect, listen, receiveMessage, sendMessage } from '../../native/socket.js';
import { READABLE, watch, type Watch } from '../../native/watch.js';
import { FrontendRequest, HEADER_SIZE } from '../../transports/virtiofs/protocol/index.js';

const { EAGAIN } = constants.errno;
const REGION_SIZE = 32;
const FDS = 16;

/**
 * Passes vhost-user messages between a guest and a server, and cuts SET_MEM_TABLE to the regions that it names: User
 * Mode Linux always sends room for two, which Rust virtiofsd refuses. Rings and memory are shared directly, so that
 * requests cost nothing more.
 */
export class MemoryTableShim {
  private readonly fds: number[] = [];
  private readonly watches: Watch[] = [];

  constructor(private readonly path: string, server: string) {
    const listener = listen(path, 0o600);
    this.fds.push(listener);
    this.watches.push(watch(listener, READABLE, () => {
      const guest = accept(listener);
      if (guest < 0) return;
      const back = connect(server);
      this.fds.push(guest, back);
      this.pump(guest, back);
      this.pump(back, guest);
    }));
  }

  close(): void {
    for (const each of this.watches.splice(0)) each.close();
    for (const fd of this.fds.splice(0)) native.closeFd(fd);
    rmSync(this.path, { force: true });
  }

  private pump(from: number, to: number): void {
    const bytes = new Uint8Array(1 << 16);
    const view = new DataView(bytes.buffer);
    const passed = new Int32Array(FDS);
    const pumping = watch(from, READABLE, () => {
      const length = receiveMessage(from, bytes, passed);
      if (length === -EAGAIN) return;
      if (length <= 0) return pumping.close();
      let sent = length;
      // Front-ends wait for a reply to it, so that it comes alone.
      if (length > HEADER_SIZE && view.getUint32(0, true) === FrontendRequest.SET_MEM_TABLE) {
        const size = 8 + REGION_SIZE * view.getUint32(HEADER_SIZE, true);
        view.setUint32(8, size, true);
        sent = HEADER_SIZE + size;
      }
      const fds = passed.filter((fd) => fd >= 0);
      sendMessage(to, bytes, fds, 0, sent);
      for (const fd of fds) native.closeFd(fd);
    });
    this.watches.push(pumping);
  }
}
