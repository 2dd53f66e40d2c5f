import type { Channel } from '../channel/channel.js';
import { REPLY_SIZE, Slot } from '../channel/slot.js';
import type { AnyHandler } from '../dispatch/table.js';
import type { HandleKind } from '../filesystem/handles.js';
import { type Persistence, SAVED_WORDS } from '../filesystem/persistence.js';
import type { Request } from '../filesystem/request.js';
import { ROOT_NODE } from '../protocol/flags.js';
import { Opcode, OPCODE_LIMIT } from '../protocol/opcode.js';
import { FlushIn, InHeader, LkIn, OutHeader } from '../protocol/structs.js';
import type { InitFlags } from '../session/negotiate.js';
import type { Session } from '../session/session.js';
import type { StateLog } from './log.js';
import { recordWord, RecordType } from './record.js';
import type { Answer } from './saved.js';

/** Requests that change nothing: they may be answered anew, and their answers are not kept. */
const REPEATABLE = new Uint8Array(OPCODE_LIMIT);
for (const opcode of [
  Opcode.GETATTR, Opcode.READLINK, Opcode.READ, Opcode.STATFS, Opcode.FSYNC, Opcode.GETXATTR, Opcode.LISTXATTR, Opcode.READDIR, Opcode.FSYNCDIR,
  Opcode.GETLK, Opcode.ACCESS, Opcode.INTERRUPT, Opcode.BMAP, Opcode.POLL, Opcode.NOTIFY_REPLY, Opcode.LSEEK, Opcode.SYNCFS, Opcode.STATX,
]) REPEATABLE[opcode] = 1;

/** Words of a log below which it is not written anew. */
const SMALL = 1 << 20;
const WIDE = 2 ** 32;
/** Words that one record has at most. */
const RECORD_WORDS = SAVED_WORDS + (REPLY_SIZE >> 2) + 64;

/**
 * Writes a session's state down as it changes, for a process that may come after this one: INIT, nodes and look-ups, open
 * handles, locks, and the answers to requests that must not be done twice. Records of a request and its answer count
 * together, with the answer: a request has had all of its effects or, but for what it did to the host, none. What it was
 * about to do to the host is noted before, so that the next process can look whether it was done.
 */
export class Journal {
  /** Answers of an earlier process to requests that may still be in flight, and what it was about to do, by `unique`. */
  private readonly answers: Map<number, Answer>;
  private readonly intents: Map<number, Uint32Array>;
  /** What is noted and not yet answered in this process. */
  private readonly begun = new Map<number, Uint32Array>();
  /** Nodes whose NODE record is in the log. */
  private saved = new Uint8Array(64);
  private agreed: { readonly flags: InitFlags; readonly minor: number } | undefined;
  private limit = SMALL;
  /** Rings that have not started yet, and requests that have not come again yet. */
  private rings = 1;
  private again = 0;
  private earlier = true;

  /** `failed` is called when there is no room for the log: the session goes on without one. `portable`: nodes are to be found on another host. */
  constructor(
    private readonly session: Session,
    private readonly log: StateLog,
    private readonly persistence: Persistence,
    private readonly failed: () => void,
    earlier: { readonly answers: Map<number, Answer>; readonly intents: Map<number, Uint32Array>; readonly agreed?: { readonly flags: InitFlags; readonly minor: number } | undefined } = { answers: new Map(), intents: new Map(), agreed: session.agreed },
    private readonly portable = false,
  ) {
    this.answers = earlier.answers;
    this.intents = earlier.intents;
    this.agreed = earlier.agreed;
    session.lookups.forEach((node) => this.mark(node));
  }

  init(flags: InitFlags, minor: number): void {
    this.agreed = { flags, minor };
    this.saved.fill(0);
    this.append3(RecordType.INIT, flags.flags, flags.flags2, minor);
  }

  handedOut(node: number): void {
    if (node === ROOT_NODE) return;
    if (node >= this.saved.length || this.saved[node] === 0) this.node(node);
    this.append2(RecordType.LOOKUP, node, 1);
  }

  /** A node is found elsewhere from now on. */
  moved(node: number): void {
    if (this.session.lookups.count(node) > 0) this.node(node);
  }

  forgotten(node: number, count: number): void {
    this.append3(RecordType.FORGET, node, count % WIDE, Math.floor(count / WIDE));
    if (this.session.lookups.count(node) === 0) this.saved[node] = 0;
  }

  opened(index: number, kind: HandleKind, node: number, flags: number): void {
    if (!this.begin(RecordType.OPEN, 5)) return;
    const { words } = this.log;
    words[this.log.at++] = index;
    words[this.log.at++] = this.session.handles.generation(index);
    words[this.log.at++] = kind;
    words[this.log.at++] = node;
    words[this.log.at++] = flags;
  }

  closed(index: number): void {
    if (!this.begin(RecordType.CLOSE, 1)) return;
    this.log.words[this.log.at++] = index;
  }

  ended(): void {
    this.agreed = undefined;
    if (!this.begin(RecordType.END, 0)) return;
    this.log.commit();
  }

  /** Has a request carried out, unless an earlier process died after it had been. */
  once(opcode: Opcode, unique: number, request: Request<unknown>, handler: AnyHandler): unknown {
    const { log, persistence } = this;
    const intent = this.intents.get(unique);
    if (intent) {
      this.intents.delete(unique);
      const result = persistence.redo(opcode, request, intent);
      if (result !== undefined) return result;
    }
    if (!log.room(RECORD_WORDS)) {
      this.failed();
      return handler(request);
    }
    const { at } = log;
    const words = persistence.intend(opcode, request, log.words, at + 3);
    if (words === 0) return handler(request);
    log.words[at] = recordWord(RecordType.INTENT, 2 + words);
    log.words[at + 1] = unique % WIDE;
    log.words[at + 2] = Math.floor(unique / WIDE);
    log.at = at + 3 + words;
    log.commit();
    this.begun.set(unique, log.words.slice(at + 3, log.at));
    return handler(request);
  }

  /** The reply in the slot is about to be handed over. */
  answered(channel: Channel, slot: number, inline: number, payload: number): void {
    const { u32 } = channel.slab;
    const base = (channel.base + slot * Slot.SIZE) >> 2;
    const head = base + (Slot.request >> 2);
    const opcode: Opcode = u32[head + (InHeader.opcode >> 2)]!;
    if (REPEATABLE[opcode] === 1) return;
    const low = u32[head + (InHeader.unique >> 2)]!;
    const high = u32[head + (InHeader.unique >> 2) + 1]!;
    if (inline > 0 && u32[base + ((Slot.reply + OutHeader.error) >> 2)] === 0) this.lock(opcode, u32, head);
    if (this.begun.size > 0) this.begun.delete(low + high * WIDE);
    this.outcome(low, high, { inline, payload, reply: u32.subarray(base + (Slot.reply >> 2), base + ((Slot.reply + inline + 3) >> 2)) });
    this.log.commit();
  }

  /** How an earlier process answered the request; it is asked for once. */
  recall(unique: number): Answer | undefined {
    const answer = this.answers.get(unique);
    this.answers.delete(unique);
    this.again--;
    return answer;
  }

  /** A front-end comes back that has `rings` rings. */
  expect(rings: number): void {
    this.rings = rings;
  }

  /** One of them has started, with `again` requests that an earlier process had in flight. */
  started(again: number): void {
    this.rings--;
    this.again += again;
  }

  /** What an earlier process noted is kept until none of it can be asked for: a guest that reboots counts from the start again. */
  private forgetEarlier(): void {
    if (this.rings > 0 || this.again > 0) return;
    this.earlier = false;
    this.answers.clear();
    this.intents.clear();
  }

  /** Writes the log anew, by what the session holds now. */
  rewrite(): void {
    if (!this.log.rewrite(() => this.snapshot())) this.failed();
  }

  /** To be called when every answer is published: writes the log anew when it has grown. */
  tidy(): void {
    if (this.earlier) this.forgetEarlier();
    if (this.log.size < this.limit) return;
    if (!this.log.rewrite(() => this.snapshot())) return this.failed();
    this.limit = Math.max(SMALL, 2 * this.log.size);
  }

  /** Writes all there is; false when there is no room for it. */
  snapshot(): boolean {
    const { session } = this;
    this.saved.fill(0);
    this.full = false;
    if (this.agreed) this.append3(RecordType.INIT, this.agreed.flags.flags, this.agreed.flags.flags2, this.agreed.minor);
    session.lookups.forEach((node, count) => {
      this.node(node);
      for (let left = count; left > 0; left -= Math.min(left, WIDE - 1)) this.append2(RecordType.LOOKUP, node, Math.min(left, WIDE - 1));
    });
    session.handles.forEach((index, kind, node) => this.opened(index, kind, node, session.handles.openFlags(index)));
    session.mount.locks?.forEach(session, (node, lock) => this.putLock(node, lock));
    for (const [unique, words] of [...this.intents, ...this.begun]) this.intent(unique, words);
    for (const [unique, answer] of this.answers) this.outcome(unique % WIDE, Math.floor(unique / WIDE), answer);
    return !this.full;
  }
  /** The snapshot has no room. */
  private full = false;

  private intent(unique: number, words: Uint32Array): void {
    if (!this.begin(RecordType.INTENT, 2 + words.length)) return;
    this.put(unique % WIDE);
    this.put(Math.floor(unique / WIDE));
    this.log.words.set(words, this.log.at);
    this.log.at += words.length;
  }

  private outcome(low: number, high: number, { inline, payload, reply }: Answer): void {
    if (!this.begin(RecordType.OUTCOME, 4 + reply.length)) return;
    this.put(low);
    this.put(high);
    this.put(inline);
    this.put(payload);
    this.log.words.set(reply, this.log.at);
    this.log.at += reply.length;
  }

  /** Notes what a request that has succeeded did to the locks. */
  private lock(opcode: Opcode, u32: Uint32Array, head: number): void {
    if (this.session.mount.locks === undefined) return;
    const args = head + (InHeader.size_ >> 2);
    if (opcode === Opcode.SETLK || opcode === Opcode.SETLKW) {
      if (this.begin(RecordType.LOCK, 1 + (LkIn.size_ >> 2))) this.copy(u32, head + (InHeader.nodeid >> 2), args, LkIn.size_ >> 2);
    } else if (opcode === Opcode.FLUSH && this.session.mount.locks.size > 0) {
      if (this.begin(RecordType.UNLOCK, 3)) this.copy(u32, head + (InHeader.nodeid >> 2), args + (FlushIn.lock_owner >> 2), 2);
    }
  }

  private copy(u32: Uint32Array, node: number, from: number, words: number): void {
    this.put(u32[node]!);
    this.log.words.set(u32.subarray(from, from + words), this.log.at);
    this.log.at += words;
  }

  private putLock(node: number, lock: Uint32Array): void {
    if (!this.begin(RecordType.LOCK, 1 + lock.length)) return;
    this.put(node);
    this.log.words.set(lock, this.log.at);
    this.log.at += lock.length;
  }

  private node(node: number): void {
    const { log } = this;
    if (!log.room(RECORD_WORDS)) return this.overflow();
    const words = this.persistence.saveNode(node, log.words, log.at + 3, this.portable);
    log.words[log.at] = recordWord(RecordType.NODE, 2 + words);
    log.words[log.at + 1] = node;
    log.words[log.at + 2] = this.session.mount.nodes.generations[node]!;
    log.at += 3 + words;
    this.mark(node);
  }

  private mark(node: number): void {
    if (node >= this.saved.length) {
      const grown = new Uint8Array(Math.ceil(node * 1.5) + 1);
      grown.set(this.saved);
      this.saved = grown;
    }
    this.saved[node] = 1;
  }

  private append2(type: RecordType, a: number, b: number): void {
    if (!this.begin(type, 2)) return;
    this.put(a);
    this.put(b);
  }

  private append3(type: RecordType, a: number, b: number, c: number): void {
    if (!this.begin(type, 3)) return;
    this.put(a);
    this.put(b);
    this.put(c);
  }

  private put(word: number): void {
    this.log.words[this.log.at++] = word;
  }

  private begin(type: RecordType, words: number): boolean {
    if (!this.log.room(words + 1)) {
      this.overflow();
      return false;
    }
    this.put(recordWord(type, words));
    return true;
  }

  private overflow(): void {
    if (!this.full) this.failed();
    this.full = true;
  }
}
