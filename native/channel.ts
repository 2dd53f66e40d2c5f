import type { Channel } from '../core/channel/channel.js';
import type { ColumnArray, Columns } from '../core/channel/columns.js';
import { Slot } from '../core/channel/slot.js';
import { Doorbell } from './doorbell.js';
import { native, slab } from './index.js';
import { allocate, givePayload, release, takePayload } from './slab-pool.js';

/** What native/src/channel_binding.cc exports; `id` is what the channel's create function returned. */
export interface ChannelFunctions {
  /** 0 or -errno, and nothing is done: -EFAULT for what lies not in the slab. */
  channelList(id: number, fd: number, node: number, records: number, size: number, out: number, room: number, identity: number, listed: number): number;
  channelDrain(id: number, spin: number): number;
  /** `Ahead`. */
  channelSetAhead(id: number, ahead: number): void;
  /** 1 when the channel was closed and this was its last slot: its block may be freed. -EBADF: the slot is not in use. */
  channelFinish(id: number, slot: number, inline: number, payload: number): number;
  /** Replies that the transport refused since the last call. */
  channelFailures(id: number): number;
  /** Finishes the first `answers` of the block's list of answers; nobody is told. */
  channelAnswer(id: number, answers: number): void;
  /** Finishes the first `answers` of the block's list of answers, and publishes. */
  channelCommit(id: number, answers: number): void;
  /** 1 when no slot is in use: its block may be freed. */
  channelClose(id: number): number;
  /** Replaces an array that the channel answers plain requests by (`Column`); 0 or -EINVAL. */
  channelSetColumn(id: number, column: number, array: ColumnArray): number;
  channelGet(id: number, slot: number, at: number, target: Uint8Array, start: number, length: number): number;
  channelGetToSlab(id: number, slot: number, at: number, offset: number, length: number): number;
  channelGetToFd(id: number, slot: number, at: number, fd: number, offset: number, length: number, flags: number): number;
  channelPut(id: number, slot: number, at: number, source: Uint8Array, start: number, length: number): number;
  channelPutFromSlab(id: number, slot: number, at: number, offset: number, length: number): number;
  channelPutFromFd(id: number, slot: number, at: number, fd: number, offset: number, length: number): number;
}

/** Words of an answer in a list of answers: slot, bytes inline, bytes of payload. */
export const ANSWER_WORDS = 3;
/** Bytes of a block: the slots, then the ready list, then room for an answer of each slot. */
const blockSize = (slots: number): number => slots * (Slot.SIZE + (1 + ANSWER_WORDS) * Int32Array.BYTES_PER_ELEMENT);
const GONE = -1;

/** Words of slot 0's channel area that every native channel keeps (native/src/channel.h). */
const enum Drained {
  ANSWERED = 3,
  STOPPED = 4,
  BUDGET = 5,
}

/** What a doorbell may have answered before the session hears of it. Mirror of native/src/channel.h. */
const enum Ahead {
  NOTHING = 0,
  ANSWER = 1,
  /** And the session hears of nothing when that was all. */
  ANSWER_ALONE = 2,
}

/**
 * A channel whose moves are native. A transport derives from it and passes a function that makes its native half on a
 * block of `slots` slots at `base` and returns its id, or a negative errno.
 */
export abstract class NativeChannel implements Channel {
  readonly slab = slab;
  readonly base: number;
  readonly ready: Int32Array;
  protected id: number;
  readonly #drained: number;
  #inUse = 0;
  #columns: readonly Columns[] = [];
  #admits = true;
  #unattended = false;

  protected constructor(readonly slots: number, create: (base: number, slots: number) => number) {
    this.base = allocate(blockSize(slots));
    this.ready = new Int32Array(slab.buffer, this.base + slots * Slot.SIZE, slots);
    this.#drained = (this.base + Slot.channel) >>> 2;
    this.id = create(this.base, slots);
    if (this.id >= 0) return;
    release(this.base, blockSize(slots));
    throw new Error(`The channel cannot be made: errno ${-this.id}.`);
  }

  drain(spin: number): number {
    const count = native.channelDrain(this.id, spin);
    if (count > 0) this.#inUse += count;
    return count;
  }

  get answered(): number {
    return this.slab.u32[this.#drained + Drained.ANSWERED];
  }

  get stopped(): boolean {
    return this.slab.u32[this.#drained + Drained.STOPPED] !== 0;
  }

  set budget(cost: number) {
    // The block of one that is gone may be another's by now.
    if (this.id !== GONE) slab.u32[this.#drained + Drained.BUDGET] = cost;
  }

  get behind(): number {
    return 0;
  }

  set unattended(on: boolean) {
    this.#unattended = on;
    this.#ahead();
  }

  /** False: no request may be fetched, whatever a doorbell announces. */
  protected get admits(): boolean {
    return this.#admits;
  }

  protected set admits(on: boolean) {
    this.#admits = on;
    this.#ahead();
  }

  #ahead(): void {
    const open = this.#unattended ? Ahead.ANSWER_ALONE : Ahead.ANSWER;
    if (this.id !== GONE) native.channelSetAhead(this.id, this.#admits ? open : Ahead.NOTHING);
  }

  /** A doorbell that announces this channel's requests; those that shortcuts answer are answered before `rung` is called. */
  bell(fd: number, edge: boolean, rung: () => void): Doorbell {
    return new Doorbell(fd, edge, rung, this.id);
  }

  shortcuts(...columns: Columns[]): void {
    this.#columns = columns;
    for (const each of columns) each.follow(this.#setColumn);
  }

  readonly #setColumn = (column: number, array: ColumnArray): void => {
    native.channelSetColumn(this.id, column, array);
  };

  list(fd: number, node: number, from: number, to: number, at: number, room: number, identity: number, listed: number): void {
    native.channelList(this.id, fd, node, from, to - from, at, room, identity, listed);
  }

  finish(slot: number, inline: number, payload: number): void {
    const settled = native.channelFinish(this.id, slot, inline, payload);
    if (settled < 0) return;
    this.#inUse--;
    this.givePayload(slot);
    if (settled === 1) this.free();
  }

  commit(): void {
    native.channelCommit(this.id, 0);
  }

  /** Whether every slot is in use: `drain` finds nothing until one is finished, whatever waits. */
  get full(): boolean {
    return this.#inUse === this.slots;
  }

  /** Replies that the transport refused since the last call. */
  failures(): number {
    return native.channelFailures(this.id);
  }

  /** Lets go of the transport. Slots in use stay valid until the session finishes them; their replies go nowhere. */
  close(): void {
    for (const each of this.#columns) each.unfollow(this.#setColumn);
    this.#columns = [];
    if (native.channelClose(this.id) === 1) this.free();
  }

  payload(slot: number): number {
    const word = this.payloadWord(slot);
    return (slab.u32[word] ||= takePayload());
  }

  get(slot: number, at: number, target: Uint8Array, start: number, length: number): number {
    return native.channelGet(this.id, slot, at, target, start, length);
  }

  getToSlab(slot: number, at: number, offset: number, length: number): number {
    return native.channelGetToSlab(this.id, slot, at, offset, length);
  }

  getToFd(slot: number, at: number, fd: number, offset: number, length: number, flags: number): number {
    return native.channelGetToFd(this.id, slot, at, fd, offset, length, flags);
  }

  put(slot: number, at: number, source: Uint8Array, start: number, length: number): number {
    return native.channelPut(this.id, slot, at, source, start, length);
  }

  putFromSlab(slot: number, at: number, offset: number, length: number): number {
    return native.channelPutFromSlab(this.id, slot, at, offset, length);
  }

  putFromFd(slot: number, at: number, fd: number, offset: number, length: number): number {
    return native.channelPutFromFd(this.id, slot, at, fd, offset, length);
  }

  /** Takes the slot's payload buffer back; a channel whose slots own theirs overrides it. */
  protected givePayload(slot: number): void {
    const word = this.payloadWord(slot);
    const offset = slab.u32[word];
    if (offset === 0) return;
    slab.u32[word] = 0;
    givePayload(offset);
  }

  /** Gives the block back; a channel with more memory of its own extends it. */
  protected free(): void {
    this.id = GONE;
    release(this.base, blockSize(this.slots));
  }

  private payloadWord(slot: number): number {
    return (this.base + slot * Slot.SIZE + Slot.payload) >>> 2;
  }
}
