import type { Device } from './device.js';
import { DriverError } from './errors.js';
import type { InitOptions } from './init.js';
import { Session } from './session.js';

interface Registered {
  readonly device: Device;
  mounts: number;
  session: Promise<Session> | undefined;
  /** The end of the last session, which the next one waits for. */
  ended: Promise<void>;
}

/** The devices that one guest knows, by tag, as the kernel's `virtio_fs_instances`. */
export class Registry {
  readonly #devices = new Map<string, Registered>();

  /** EEXIST when the tag is taken. */
  add(device: Device): void {
    if (this.#devices.has(device.tag)) throw new DriverError('EEXIST', `a second device with tag ${device.tag}`);
    this.#devices.set(device.tag, { device, mounts: 0, session: undefined, ended: Promise.resolve() });
  }

  remove(device: Device): void {
    if (this.#devices.get(device.tag)?.device === device) this.#devices.delete(device.tag);
  }

  /** Resets a device: whoever has it mounted has it no more. */
  async reset(device: Device): Promise<void> {
    const { session } = this.#find(device.tag);
    await device.reset();
    await session?.then((mounted) => mounted.abandon(), () => {});
    this.remove(device);
    this.add(device);
  }

  /** The session of the tag's device, started by the first mount and shared by the others; EINVAL for an unknown tag. */
  async mount(tag: string, options?: InitOptions): Promise<Session> {
    const registered = this.#find(tag);
    registered.mounts++;
    registered.session ??= registered.ended.then(() => Session.start(registered.device, options));
    try {
      return await registered.session;
    } catch (error) {
      if (--registered.mounts === 0) registered.session = undefined;
      throw error;
    }
  }

  /** Undoes one `mount`; the last one ends the session. EINVAL for a tag that is not mounted. */
  async unmount(tag: string): Promise<void> {
    const registered = this.#find(tag);
    const { session } = registered;
    if (!session) throw new DriverError('EINVAL', `${tag} is not mounted`);
    if (--registered.mounts > 0) return;
    registered.session = undefined;
    const end = session.then((mounted) => mounted.end());
    registered.ended = end.catch(() => {});
    await end;
  }

  #find(tag: string): Registered {
    const registered = this.#devices.get(tag);
    if (!registered) throw new DriverError('EINVAL', `no device with tag ${tag}`);
    return registered;
  }
}

/** The devices of this process. */
export const registry = new Registry();
