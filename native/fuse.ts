import { BufferedChannel } from './buffered-channel.js';
import type { Doorbell } from './doorbell.js';
import { native } from './index.js';

/** What native/src/fuse_binding.cc and mount.cc export. */
export interface FuseFunctions {
  fuseCreate(fd: number, base: number, slots: number, payloads: number): number;
  fuseBackingOpen(channel: number, fd: number): number;
  fuseBackingClose(channel: number, id: number): number;
  fuseForgetAttributes(channel: number, node: number, generation: number): number;
  fuseNotify(fd: number, message: Uint8Array): Promise<number>;
  mount(source: string, target: string, type: string, flags: number, data: string): Promise<number>;
  umount2(target: string, flags: number): Promise<number>;
}

/**
 * A FUSE connection by its /dev/fuse fd, already mounted. `drain` is -ENODEV once it is unmounted. The fd is
 * watched only while a slot is free, so that requests without a slot wait in the kernel.
 */
export class FuseChannel extends BufferedChannel {
  readonly #bell: Doorbell;
  #paused = false;

  /** `onReady` is called when requests wait. The channel owns `fd` and closes it. */
  constructor(private readonly fd: number, slots: number, onReady: () => void) {
    super(slots, (base, count, payloads) => native.fuseCreate(fd, base, count, payloads));
    this.#bell = this.bell(fd, false, onReady);
  }

  override drain(spin: number): number {
    const count = super.drain(spin);
    if (this.full) this.#listen(false);
    return count;
  }

  override finish(slot: number, inline: number, payload: number): void {
    super.finish(slot, inline, payload);
    if (this.#paused) this.#listen(true);
  }

  override close(): void {
    this.#bell.close();
    super.close();
  }

  /** Registers an open file that the kernel may read and write by itself; its id, or -errno (-EPERM without CAP_SYS_ADMIN). */
  backingOpen(fd: number): number {
    return native.fuseBackingOpen(this.id, fd);
  }

  /** Does nothing once the channel is closed: the kernel has let go of all ids then. */
  backingClose(id: number): void {
    native.fuseBackingClose(this.id, id);
  }

  /** Lets the kernel ask for a node's attributes anew; it need not know the node. */
  forgetAttributes(node: number, generation: number): void {
    native.fuseForgetAttributes(this.id, node, generation);
  }

  /**
   * Sends an unsolicited message: `fuse_out_header` with `unique` 0 and the notification's code as `error`, then its body.
   * 0, or -errno: -ENOENT when the kernel does not know the node. Not in order with other notifications in flight.
   */
  notify(message: Uint8Array): Promise<number> {
    return native.fuseNotify(this.fd, message);
  }

  #listen(on: boolean): void {
    this.#paused = !on;
    this.#bell.listen(on);
  }
}

/** mount(2), off the loop's thread; 0 or -errno. For FUSE, `data` is `fd=N,rootmode=40000,user_id=0,group_id=0,…`. */
export const mountFuse = (source: string, target: string, type: string, flags: number, data: string): Promise<number> =>
  native.mount(source, target, type, flags, data);

/** umount2(2), off the loop's thread, as it may wait for the server that asks for it; 0 or -errno. */
export const umount2 = (target: string, flags = 0): Promise<number> => native.umount2(target, flags);
