import { Slot } from '../../core/channel/slot.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { InHeader } from '../../core/protocol/structs.js';
import { DriverMemory } from '../../native/driver-queue.js';
import { GuestMemory } from '../../native/guest-memory.js';
import { native, slab } from '../../native/index.js';
import { Virtqueue, VirtqueueFlag } from '../../native/virtqueue.js';
import { DescriptorFlag, GUEST, message, USER } from './ring.js';

const { NEXT, WRITE } = { NEXT: DescriptorFlag.NEXT, WRITE: DescriptorFlag.WRITE };
export const AVAILABLE = 1 << 7;
const USED = 1 << 15;
export const MEMORY = 1 << 20;
export const [DRIVER_EVENT, DEVICE_EVENT] = [0x8000, 0x8004];
/** Where requests are, 0x400 apart; the room for their replies is 0x200 behind each. */
export const DATA = 0x1_0000;
export interface Part {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
}

/** Guest memory with a hand-made packed ring in it: the driver's half, written word by word. */
export class PackedRing {
  readonly fd = native.memfdCreate('guest', MEMORY);
  readonly guest = new DriverMemory(this.fd, MEMORY, GUEST);
  readonly bytes = new Uint8Array(this.guest.buffer);
  readonly view = new DataView(this.guest.buffer);
  readonly memory = new GuestMemory();
  readonly call = native.eventfdCreate();
  private at = 0;
  private wrap = true;
  private usedAt = 0;
  private usedWrap = true;

  constructor(readonly size = 8, readonly flags: number = VirtqueueFlag.PACKED | VirtqueueFlag.INDIRECT | VirtqueueFlag.EVENT_INDEX) {
    this.memory.add(this.fd, GUEST, MEMORY, USER, 0);
  }
  queue(slots = 4): Virtqueue {
    const next = this.usedAt | (this.usedWrap ? 0x8000 : 0);
    const queue = new Virtqueue(this.memory, { size: this.size, descriptors: USER, available: USER + DRIVER_EVENT, used: USER + DEVICE_EVENT, next: (next | (next << 16)) >>> 0, flags: this.flags }, slots);
    queue.setCall(this.call);
    return queue;
  }
  close(queue: Virtqueue): void {
    queue.close();
    this.memory.close();
    this.guest.close();
    native.closeFd(this.fd);
  }

  describe(at: number, { address, length }: Part, id: number, flags: number): void {
    this.view.setBigUint64(at, BigInt(GUEST + address), true);
    this.view.setUint32(at + 8, length, true);
    this.view.setUint16(at + 12, id, true);
    this.view.setUint16(at + 14, flags, true);
  }
  /** Makes a buffer available: the flags of its first descriptor are written last. */
  offer(id: number, parts: readonly Part[]): void {
    let first: (() => void) | undefined;
    for (const [i, part] of parts.entries()) {
      const flags = part.flags | (i + 1 < parts.length ? NEXT : 0) | (this.wrap ? AVAILABLE : USED);
      const at = 16 * this.at;
      if (first) this.describe(at, part, id, flags);
      else first = () => this.describe(at, part, id, flags);
      if (++this.at === this.size) {
        this.at = 0;
        this.wrap = !this.wrap;
      }
    }
    first!();
  }
  /** The next buffer that was used, which took `count` descriptors: its id and length; undefined: there is none. */
  take(count: (id: number) => number): [number, number] | undefined {
    const at = 16 * this.usedAt;
    const flags = this.view.getUint16(at + 14, true);
    if (((flags & AVAILABLE) !== 0) !== this.usedWrap || ((flags & USED) !== 0) !== this.usedWrap) return undefined;
    const [id, length] = [this.view.getUint16(at + 12, true), this.view.getUint32(at + 8, true)];
    this.usedAt += count(id);
    if (this.usedAt >= this.size) {
      this.usedAt -= this.size;
      this.usedWrap = !this.usedWrap;
    }
    return [id, length];
  }
  set driverEvent(event: number) {
    this.view.setUint32(DRIVER_EVENT, event, true);
  }
  get deviceEvent(): number {
    return this.view.getUint32(DEVICE_EVENT, true);
  }
  interrupts(): number {
    return Math.max(native.eventfdRead(this.call), 0);
  }

  /** A request in `pieces` readable descriptors, with 64 bytes for the reply. */
  request(id: number, pieces = 1): void {
    const at = DATA + id * 0x400;
    this.bytes.set(message(Opcode.GETATTR), at);
    this.view.setUint32(at + InHeader.unique, id, true);
    const cut = Array.from({ length: pieces }, (_, i) => ({ address: at + i * 4, length: i + 1 < pieces ? 4 : 40 - i * 4, flags: 0 }));
    this.offer(id, [...cut, { address: at + 0x200, length: 64, flags: WRITE }]);
  }
}

export function answer(queue: Virtqueue, slot: number, length: number): void {
  const at = queue.base + slot * Slot.SIZE + Slot.reply;
  slab.u8.fill(0xab, at, at + length);
  queue.finish(slot, length, 0);
}

/** Which request is in a slot. */
export const idOf = (queue: Virtqueue, slot: number): number => slab.u32[(queue.base + slot * Slot.SIZE + Slot.request + InHeader.unique) >> 2]!;
