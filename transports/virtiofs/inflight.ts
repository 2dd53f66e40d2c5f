import { fstatSync, readSync, writeSync } from 'node:fs';
import { native } from '../../native/index.js';
import type { Inflight } from './protocol/index.js';
import { Refusal } from './refusal.js';

/** Bytes of a ring's part for `entries` entries, up to a cache line: header and one descriptor state each, which are as long in a split ring, or twice that. */
const ringBytes = (entries: number, packed: boolean): number => Math.ceil(((packed ? 32 : 16) * (1 + entries)) / 64) * 64;
/** Behind the rings' parts: which life of a session they belong to. */
const ID_BYTES = 8;

/**
 * The file in which a device keeps what its rings have in flight (vhost-user spec, "Inflight I/O tracking"). It is the
 * front-end's, which hands it to the device that comes after this one.
 */
export class InflightArea {
  private constructor(private readonly fd: number, readonly layout: Inflight, private readonly packed: boolean) {}

  /** A new file for the front-end to keep, for rings of one kind; undefined when there is no memory for it. */
  static create({ queues, queueSize }: Inflight, packed: boolean): InflightArea | undefined {
    const size = queues * ringBytes(queueSize, packed) + ID_BYTES;
    const fd = native.memfdCreate('fusewire-inflight', size);
    return fd < 0 ? undefined : new InflightArea(fd, { size, offset: 0, queues, queueSize }, packed);
  }

  /** Takes the descriptor over, unless it refuses. */
  static adopt(fd: number, layout: Inflight, packed: boolean): InflightArea | Refusal {
    const { size, offset, queues, queueSize } = layout;
    if (offset % 64 !== 0) return new Refusal(`in-flight area at ${offset}`);
    if (queues * ringBytes(queueSize, packed) > size || fstatSync(fd).size < offset + size) return new Refusal(`in-flight area of ${size} bytes for ${queues} rings`);
    return new InflightArea(fd, layout, packed);
  }

  /** Where the part of ring `index` is, for a ring of `size` entries; undefined when it has none. */
  ring(index: number, size: number): { fd: number; offset: number } | undefined {
    const { offset, queues, queueSize } = this.layout;
    return index < queues && size <= queueSize ? { fd: this.fd, offset: offset + index * ringBytes(queueSize, this.packed) } : undefined;
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
    const end = queues * ringBytes(queueSize, this.packed);
    return size >= end + ID_BYTES ? offset + end : undefined;
  }
}
