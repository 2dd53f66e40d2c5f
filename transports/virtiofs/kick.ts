import { Errno } from '../../core/filesystem/errno.js';
import type { NativeChannel } from '../../native/channel.js';
import { Doorbell } from '../../native/doorbell.js';
import { native } from '../../native/index.js';

/** A kick descriptor, owned and watched from `listen` on. */
export class Kick {
  private bell: Doorbell | undefined;

  constructor(private readonly fd: number) {}

  /** `channel` is the one whose requests it announces. Throws when the descriptor is of a kind that cannot be watched. */
  listen(channel: NativeChannel, kicked: () => void): void {
    if (native.isEventfd(this.fd) === 1) this.bell ??= channel.bell(this.fd, true, kicked);
    else this.bell ??= new Doorbell(this.fd, false, () => this.emptied() && kicked());
  }

  close(): void {
    this.ignore();
    native.closeFd(this.fd);
  }

  /** Takes the kicks out of what is no eventfd; one that hung up would be readable for ever. */
  private emptied(): boolean {
    const count = native.eventfdRead(this.fd);
    if (count > 0 || count === Errno.EAGAIN) return true;
    this.ignore();
    return false;
  }

  private ignore(): void {
    this.bell?.close();
    this.bell = undefined;
  }
}
