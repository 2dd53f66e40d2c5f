import type { Channel } from '../channel/channel.js';
import { Slot } from '../channel/slot.js';
import { requestTypes } from '../dispatch/request-types.js';
import type { AnyHandler } from '../dispatch/table.js';
import { Errno } from '../filesystem/errno.js';
import { Done } from '../filesystem/result.js';
import type { Request } from '../filesystem/request.js';
import { writeStatistics } from '../filesystem/statistics.js';
import { NAME_MAX } from '../protocol/flags.js';
import { Opcode, OPCODE_LIMIT } from '../protocol/opcode.js';
import { InHeader, OutHeader } from '../protocol/structs.js';
import { control } from './control.js';
import { discard } from './discard.js';
import { loop } from './loop.js';
import type { Polling } from './polling.js';
import type { Session } from './session.js';

/** Largest errno the kernel takes from a server (`fuse_dev_do_write`). */
const ERRNO_MAX = 511;

/** statfs(2) of a plugin that does not say. */
const noStatistics = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, bsize: 4096, frsize: 4096, namelen: NAME_MAX };

/** One channel's end in a session: takes requests out, has them answered, puts replies in. */
export class Receiver {
  readonly u32: Uint32Array;
  /** Request objects by slot and opcode, made when first needed and used again. */
  private readonly requests: (Request<unknown> | undefined)[][];
  private readonly table: readonly (AnyHandler | undefined)[];
  /** Microseconds that it is yet to be watched without a request before this thread sleeps. */
  patience = 0;
  /** The loop has it in its round. */
  entered = false;
  private ended = 0;
  /** Requests of an earlier process that are yet to come again; `journal` may know their answers. */
  again = 0;

  constructor(readonly session: Session, readonly channel: Channel, private readonly polling: Polling) {
    this.u32 = channel.slab.u32;
    channel.unattended = polling.never;
    this.table = session.mount.plugin.table;
    this.requests = Array.from({ length: channel.slots }, () => []);
  }

  /**
   * Answers what waits in the channel, and what comes while it is watched; to be called whenever there may be something.
   * 0, or the negative errno with which the channel ended.
   */
  run(): number {
    loop.enter(this);
    return this.ended;
  }

  /** Answers a batch, watching up to `spin` microseconds for it; false when there is nothing to wait for any more. */
  turn(spin: number): boolean {
    const { channel, polling } = this;
    const count = channel.drain(spin);
    if (spin > 0 && (count > 0 || channel.answered > 0)) polling.hit();
    if (count > 0) {
      this.answer(count);
      this.session.sweep(this);
      this.patience = this.session.inFlight.size === 0 ? polling.next() : 0;
      return true;
    }
    this.ended = count;
    if (count === 0 && channel.answered > 0 && (spin === 0 || channel.stopped)) {
      this.patience = this.session.inFlight.size === 0 ? polling.next() : 0;
      return channel.stopped || this.patience > 0;
    }
    this.patience -= spin;
    if (count === 0 && this.patience > 0) return true;
    if (spin > 0) polling.miss();
    this.patience = 0;
    return false;
  }

  /** Answers what waits by now, and watches for nothing. */
  sweep(): void {
    const count = this.channel.drain(0);
    if (count > 0) this.answer(count);
  }

  private answer(count: number): void {
    const { channel } = this;
    for (let i = 0; i < count; i++) this.receive(channel.ready[i]!);
    channel.commit();
    if (this.session.journal !== undefined) this.session.journal.tidy();
  }

  private receive(slot: number): void {
    const { u32, session } = this;
    const words = (this.channel.base + slot * Slot.SIZE) >> 2;
    const head = words + (Slot.request >> 2);
    const available = u32[words + (Slot.inLength >> 2)]!;
    if (available < InHeader.size_) return this.channel.finish(slot, 0, 0);
    const length = u32[head]!;
    const opcode = u32[head + (InHeader.opcode >> 2)]!;
    const { requests, bytes } = session.traffic;
    if (opcode < OPCODE_LIMIT) requests[opcode]!++;
    bytes[0]! += available;
    if (length < InHeader.size_ || length > available) return this.fail(slot, Errno.EINVAL);
    if (this.again > 0 && this.recall(slot)) return;
    const type = requestTypes[opcode];
    if (type === undefined) return control(this, slot, opcode, length);
    if (!session.running) return this.fail(slot, Errno.EIO);
    if (length < InHeader.size_ + type.fixed) return this.fail(slot, Errno.EINVAL);
    if (u32[words + (Slot.outCapacity >> 2)]! < OutHeader.size_ + type.body) return this.fail(slot, Errno.EINVAL);
    const handler = this.table[opcode];
    if (handler === undefined) return this.absent(slot, opcode);
    const request = (this.requests[slot]![opcode] ??= new type.Request(this.channel, slot, session));
    const lengths = words + (Slot.body >> 2);
    u32[lengths] = u32[lengths + 1] = u32[lengths + 2] = u32[lengths + 3] = 0;
    const node = head + (InHeader.nodeid >> 2);
    if (!session.knows(u32[node]!, u32[node + 1]!)) return this.fail(slot, Errno.ESTALE);
    const error = session.idMaps === undefined ? request.begin() : request.beginMapped(session.idMaps);
    if (error < 0) return this.fail(slot, error);
    let result: unknown;
    try {
      result = session.journal === undefined ? handler(request) : session.journal.once(opcode, this.unique(slot), request, handler);
    } catch (thrown) {
      result = this.threw(slot, opcode, thrown);
    }
    if (result instanceof Promise) this.park(slot, opcode, request, result);
    else {
      this.complete(slot, opcode, request, result);
      session.inFlight.answered(request);
    }
  }

  /** Gives the answer that an earlier process gave, or was about to give. */
  private recall(slot: number): boolean {
    this.again--;
    const answer = this.session.journal?.recall(this.unique(slot));
    if (!answer) return false;
    this.u32.set(answer.reply, (this.channel.base + slot * Slot.SIZE + Slot.reply) >> 2);
    this.channel.finish(slot, answer.inline, answer.payload);
    return true;
  }

  /** The answer where a plugin has no handler: ENOSYS, from which the kernel draws its conclusions. */
  private absent(slot: number, opcode: Opcode): void {
    const { session } = this;
    const opens = (opcode === Opcode.OPEN && !session.noOpen) || (opcode === Opcode.OPENDIR && !session.noOpendir);
    if (opens || opcode === Opcode.STATFS) return this.answerDefault(slot, opcode === Opcode.STATFS);
    this.fail(slot, Errno.ENOSYS);
  }

  /** Handle 0 for an open, a name length for statfs(2), everything else zero. */
  private answerDefault(slot: number, statfs: boolean): void {
    const out = (this.channel.base + slot * Slot.SIZE + Slot.reply + OutHeader.size_) >> 2;
    const body = requestTypes[statfs ? Opcode.STATFS : Opcode.OPEN]!.body;
    this.u32.fill(0, out, out + (body >> 2));
    if (statfs) writeStatistics(this.u32, out, noStatistics);
    this.reply(slot, body, 0);
  }

  private park(slot: number, opcode: Opcode, request: Request<unknown>, promise: Promise<unknown>): void {
    const { session } = this;
    const unique = this.unique(slot);
    const { life } = session;
    session.inFlight.park(unique, request);
    const settle = (result: unknown): void => {
      session.inFlight.settle(unique, request);
      if (session.life === life) this.complete(slot, opcode, request, result);
      else {
        discard(session, opcode, request.node, result);
        this.fail(slot, Errno.ENOTCONN);
      }
      this.channel.commit();
    };
    promise.then(settle, (thrown: unknown) => settle(this.threw(slot, opcode, thrown)));
  }

  private complete(slot: number, opcode: Opcode, request: Request<unknown>, result: unknown): void {
    const { u32 } = this;
    const lengths = (this.channel.base + slot * Slot.SIZE + Slot.body) >> 2;
    let error = 0;
    if (typeof result === 'number' && result < 0) error = result;
    else if (result !== Done || (u32[lengths]! | u32[lengths + 1]!) === 0) error = this.encode(slot, opcode, request, result);
    if (error < 0) return this.fail(slot, error);
    const body = u32[lengths]!;
    if (body < requestTypes[opcode]!.body) {
      return this.fail(slot, this.threw(slot, opcode, new Error('the handler answered Done without writing its reply')));
    }
    this.reply(slot, body, u32[lengths + 1]!);
  }

  private encode(slot: number, opcode: Opcode, request: Request<unknown>, result: unknown): number {
    try {
      return request.encode(result);
    } catch (thrown) {
      return this.threw(slot, opcode, thrown);
    }
  }

  /** Sends `body` bytes that stand in the slot and `payload` bytes placed behind them. */
  reply(slot: number, body: number, payload: number): void {
    this.header(slot, 0, OutHeader.size_ + body + payload);
    this.finish(slot, OutHeader.size_ + body, payload);
  }

  /** Hands over what stands in the slot, header included; 0 bytes to a request that has no answer. */
  finish(slot: number, inline: number, payload: number): void {
    if (this.session.journal !== undefined) this.session.journal.answered(this.channel, slot, inline, payload);
    this.channel.finish(slot, inline, payload);
  }

  /** Answers with an error, negative; a number that is no errno becomes EIO. */
  fail(slot: number, error: number): void {
    const words = (this.channel.base + slot * Slot.SIZE) >> 2;
    const opcode = this.u32[words + ((Slot.request + InHeader.opcode) >> 2)]!;
    if (opcode < OPCODE_LIMIT) this.session.traffic.errors[opcode]!++;
    this.acknowledge(slot, error >= -ERRNO_MAX ? error : Errno.EIO);
  }

  /** Answers with a header alone; with nothing where there is no room for one. */
  acknowledge(slot: number, error: number): void {
    const words = (this.channel.base + slot * Slot.SIZE) >> 2;
    if (this.u32[words + (Slot.outCapacity >> 2)]! < OutHeader.size_) return this.finish(slot, 0, 0);
    this.header(slot, error, OutHeader.size_);
    this.finish(slot, OutHeader.size_, 0);
  }

  private header(slot: number, error: number, length: number): void {
    const { u32 } = this;
    const words = (this.channel.base + slot * Slot.SIZE) >> 2;
    const out = words + (Slot.reply >> 2);
    const unique = words + ((Slot.request + InHeader.unique) >> 2);
    this.session.traffic.bytes[1]! += length;
    u32[out] = length;
    u32[out + (OutHeader.error >> 2)] = error;
    u32[out + (OutHeader.unique >> 2)] = u32[unique]!;
    u32[out + (OutHeader.unique >> 2) + 1] = u32[unique + 1]!;
  }

  private unique(slot: number): number {
    const at = (this.channel.base + slot * Slot.SIZE + Slot.request + InHeader.unique) >> 2;
    return this.u32[at]! + this.u32[at + 1]! * 0x1_0000_0000;
  }

  private threw(slot: number, opcode: Opcode, thrown: unknown): Errno {
    const node = this.u32[(this.channel.base + slot * Slot.SIZE + Slot.request + InHeader.nodeid) >> 2];
    this.session.threw(opcode, thrown, node, this.unique(slot));
    return Errno.EIO;
  }
}
