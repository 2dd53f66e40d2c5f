import { Device } from './device.js';
import { DriverError } from './errors.js';
import { FileSystem } from './file-system.js';
import type { InitOptions } from './init.js';
import type { DeviceOptions } from './options.js';
import { type Registry, registry as devices } from './registry.js';
import type { Session } from './session.js';

export interface DriverOptions extends DeviceOptions {
  /** What INIT offers. */
  readonly init?: InitOptions;
  /** The guest that the device belongs to; this process when absent. */
  readonly registry?: Registry;
}

/** The guest's side of virtio-fs in user space: a device of any vhost-user-fs server, and the share on it. */
export class Driver extends FileSystem {
  #session: Session | undefined;
  #mounts = 0;

  private constructor(readonly device: Device, private readonly registry: Registry, private readonly init: InitOptions | undefined) {
    super();
  }

  /**
   * Connects to the server at a Unix socket; the process stays alive until `close`. Errors of connect(2) and
   * `Device.open`; EEXIST when the guest has the tag.
   */
  static async connect(socketPath: string, options: DriverOptions = {}): Promise<Driver> {
    const registry = options.registry ?? devices;
    const device = await Device.open(socketPath, options);
    try {
      registry.add(device);
    } catch (error) {
      await device.close();
      throw error;
    }
    return new Driver(device, registry, options.init);
  }

  get tag(): string {
    return this.device.tag;
  }

  /** Mounts the share; mounts of one tag share a session. ECONNREFUSED when INIT fails. */
  async mount(): Promise<void> {
    this.#session = await this.registry.mount(this.tag, this.init);
    this.#mounts++;
  }

  /** The last unmount of the tag forgets all nodes, lets what is in flight come back, and sends DESTROY. */
  async unmount(): Promise<void> {
    if (this.#mounts === 0) throw new DriverError('EINVAL', `${this.tag} is not mounted`);
    if (--this.#mounts === 0) this.#session = undefined;
    await this.registry.unmount(this.tag);
  }

  /** Starts the guest again: what it had mounted and open is gone (`Device.reset`), and the share is to be mounted anew. */
  async reboot(): Promise<void> {
    await this.registry.reset(this.device);
    this.#session = undefined;
    this.#mounts = 0;
  }

  /** Disconnects, mounted or not; what is in flight fails with ENOTCONN. */
  async close(): Promise<void> {
    this.registry.remove(this.device);
    await this.device.close();
  }

  /** The session, while this driver has the share mounted. */
  get mounted(): Session | undefined {
    return this.#session;
  }

  protected override get session(): Session {
    if (!this.#session) throw new DriverError('ENODEV', `${this.tag} is not mounted`);
    return this.#session;
  }
}
