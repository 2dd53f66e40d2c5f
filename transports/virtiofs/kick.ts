import { Errno } from '../../core/filesystem/errno.js';
import { native } from '../../native/index.js';
import { READABLE, watch, type Watch } from '../../native/watch.js';

/** A kick descriptor, owned and watched from `listen` on. */
export class Kick {
  private watching: Watch | undefined;

  constructor(private readonly fd: number) {}

  /** Throws when the descriptor is of a kind that cannot be watched. */
  listen(kicked: () => void): void {
    this.watching ??= watch(this.fd, READABLE, (events) => {
      const count = events < 0 ? events : native.eventfdRead(this.fd);
      // A descriptor that hung up would be readable for ever.
      if (count <= 0 && count !== Errno.EAGAIN) this.ignore();
      else kicked();
    });
  }

  close(): void {
    this.ignore();
    native.closeFd(this.fd);
  }

  private ignore(): void {
    this.watching?.close();
    this.watching = undefined;
  }
}
