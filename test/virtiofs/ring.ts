import { DriverMemory } from '../../native/driver-queue.js';
import { GuestMemory } from '../../native/guest-memory.js';
import { native } from '../../native/index.js';
import { Virtqueue, VirtqueueFlag, type VirtqueueLayout } from '../../native/virtqueue.js';

export const enum DescriptorFlag {
  NEXT = 1,
  WRITE = 2,
  INDIRECT = 4,
}

/** Guest-physical address of the memory's first byte, and the front-end's own. */
export const GUEST = 0x4000_0000;
export const USER = 0x7f00_0000_0000;

/** Guest memory as both sides see it, and a hand-made split ring in it: the driver's half, written word by word. */
export class Ring {
  readonly fd: number;
  readonly guest: DriverMemory;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly memory = new GuestMemory();
  readonly call = native.eventfdCreate();
  readonly layout: VirtqueueLayout;
  /** Where the available and the used ring stand; the descriptors stand at 0. */
  private readonly availableAt: number;
  private readonly usedAt: number;

  constructor(readonly size = 8, flags: number = VirtqueueFlag.EVENT_INDEX | VirtqueueFlag.INDIRECT, next = 0, memory = 1 << 20) {
    this.fd = native.memfdCreate('guest', memory);
    this.guest = new DriverMemory(this.fd, memory, GUEST);
    this.bytes = new Uint8Array(this.guest.buffer);
    this.view = new DataView(this.guest.buffer);
    this.memory.add(this.fd, GUEST, memory, USER, 0);
    this.availableAt = Math.max(0x1000, 16 * size);
    this.usedAt = this.availableAt + 0x1000;
    this.layout = { size, descriptors: USER, available: USER + this.availableAt, used: USER + this.usedAt, next, flags };
    this.view.setUint16(this.availableAt + 2, next, true);
    this.view.setUint16(this.usedAt + 2, next, true);
  }

  /** The device's half; `call` is its own from now on. */
  queue(slots = 4): Virtqueue {
    const queue = new Virtqueue(this.memory, this.layout, slots);
    queue.setCall(this.call);
    return queue;
  }

  close(): void {
    this.memory.close();
    this.guest.close();
    native.closeFd(this.fd);
  }

  /** Descriptor `index` of the table at `table`; `address` counts from the start of guest memory. */
  describe(index: number, address: number, length: number, flags: number, next = 0, table = 0): void {
    const at = table + 16 * index;
    this.view.setBigUint64(at, BigInt(GUEST + address), true);
    this.view.setUint32(at + 8, length, true);
    this.view.setUint16(at + 12, flags, true);
    this.view.setUint16(at + 14, next, true);
  }

  /** Makes the chain that starts at `head` available. */
  offer(head: number): void {
    const index = this.available;
    this.view.setUint16(this.availableAt + 4 + 2 * (index % this.size), head, true);
    this.available = index + 1;
  }

  get available(): number {
    return this.view.getUint16(this.availableAt + 2, true);
  }

  set available(index: number) {
    this.view.setUint16(this.availableAt + 2, index, true);
  }

  /** The guest asks for an interrupt once the used index passes `index` (EVENT_IDX). */
  set usedEvent(index: number) {
    this.view.setUint16(this.availableAt + 4 + 2 * this.size, index, true);
  }

  /** The device asks for a kick once the available index passes this (EVENT_IDX). */
  get availableEvent(): number {
    return this.view.getUint16(this.usedAt + 4 + 8 * this.size, true);
  }

  get usedFlags(): number {
    return this.view.getUint16(this.usedAt, true);
  }

  get used(): number {
    return this.view.getUint16(this.usedAt + 2, true);
  }

  /** The used element at a free-running index: head and length. */
  element(index: number): [number, number] {
    const at = this.usedAt + 4 + 8 * (index % this.size);
    return [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)];
  }

  /** Interrupts since the last look. */
  interrupts(): number {
    return Math.max(native.eventfdRead(this.call), 0);
  }
}

/** A message that starts with a FUSE header: length and opcode, the rest 0, then `body`. */
export function message(opcode: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(40 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint32(4, opcode, true);
  bytes.set(body, 40);
  return bytes;
}
