import { fstatSync, readSync, writeSync } from 'node:fs';
import { native } from '../../native/index.js';
import type { Inflight } from './protocol/index.js';
import { Refusal } from './refusal.js';

/** Bytes of a ring's part for `entries` entries: header and one descriptor state each, up to a cache line. */
const ringBytes = (entries: number): number => Math.ceil((16 + 16 * entries) / 64) * 64;
/** Behind the rings' parts: which life of a session they belong to. */
const ID_BYTES = 8;

/**
 * The file in which a device keeps what its rings have in flight (vhost-user spec, "Inflight I/O tracking"). It is the
 * front-end's, which hands it to the device that comes after this one.
 */
export class InflightArea {
  private constructor(private readonly fd: number, readonly layout: Inflight) {}

  /** A new file for the front-end to keep; undefined when there is no memory for it. */
  static create({ queues, queueSize }: Inflight): InflightArea | undefined {
    const size = queues * ringBytes(queueSize) + ID_BYTES;
    const fd = native.memfdCreate('fusewire-inflight', size);
    return fd < 0 ? undefined : new InflightArea(fd, { size, offset: 0, queues, queueSize });
  }

  /** Takes the descriptor over, unless it refuses. */
  static adopt(fd: number, layout: Inflight): InflightArea | Refusal {
    const { size, offset, queues, queueSize } = layout;
    if (offset % 64 !== 0) return new Refusal(`in-flight area at ${offset}`);
    if (queues * ringBytes(queueSize) > size || fstatSync(fd).size < offset + size) return new Refusal(`in-flight area of ${size} bytes for ${queues} rings`);
    return new InflightArea(fd, layout);
  }

  /** Where the part of ring `index` is, for a ring of `size` entries; undefined when it has none. */
  ring(index: number, size: number): { fd: number; offset: number } | undefined {
    const { offset, queues, queueSize } = this.layout;
    return index < queues && size <= queueSize ? { fd: this.fd, offset: offset + index * ringBytes(queueSize) } : undefined;
  }

  /** The session that the area belongs to, 8 bytes; zero in a new area. */
  get id(): Uint8Array {
    const id = new Uint8Array(ID_BYTES);
    if (this.idAt !== undefined) readSync(this.fd, id, 0, ID_BYTES, this.idAt);
    return id;
  }
  set id(id: Uint8Array) {
    if (this.idAt !== undefined) writeSync(this.fd, id, 0, ID_BYTES, this.idAt);
  }

  /** Gives the descriptor away. */
  take(): number {
    return this.fd;
  }

  close(): void {
    native.closeFd(this.fd);
  }

  /** Another back-end's area may have no room for it. */
  private get idAt(): number | undefined {
    const { size, offset, queues, queueSize } = this.layout;
    const end = queues * ringBytes(queueSize);
    return size >= end + ID_BYTES ? offset + end : undefined;
  }
}
