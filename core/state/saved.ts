import type { HandleKind } from '../filesystem/handles.js';
import type { InitFlags } from '../session/negotiate.js';
import { isRecord, RecordType, recordType, recordWords } from './record.js';

/** How a request was answered: bytes in the slot, bytes of payload in the guest's memory, and those in the slot. */
export interface Answer {
  readonly inline: number;
  readonly payload: number;
  readonly reply: Uint32Array;
}

export interface SavedNode {
  readonly generation: number;
  count: number;
  readonly saved: Uint32Array;
}

export interface SavedHandle {
  readonly generation: number;
  readonly kind: HandleKind;
  readonly node: number;
  readonly flags: number;
}

/** A lock record, in the order they were made: `fuse_lk_in`, or the two words of an owner whose locks are gone. */
export interface SavedLock {
  readonly node: number;
  readonly words: Uint32Array;
}

/** What a log says of a session. */
export class SavedSession {
  agreed: { readonly flags: InitFlags; readonly minor: number } | undefined;
  readonly nodes = new Map<number, SavedNode>();
  readonly handles = new Map<number, SavedHandle>();
  /** Locks, and the indexes of handles that were closed in between. */
  locks: (SavedLock | number)[] = [];
  readonly intents = new Map<number, Uint32Array>();
  readonly answers = new Map<number, Answer>();
  /** Where reading ended: the index of the first word that is no record, or of the end. */
  private at = 0;

  /** Reads the records in `words[from, to)`. What is no record ends it: nothing after it can be read. */
  static read(words: Uint32Array, from: number, to: number): SavedSession {
    const session = new SavedSession();
    session.at = from;
    for (;;) {
      const word = words[session.at]!;
      const next = session.at + 1 + recordWords(word);
      if (session.at >= to || !isRecord(word) || next > to) return session;
      session.take(recordType(word), words.subarray(session.at + 1, next));
      session.at = next;
    }
  }

  /** Reads records of which each must be one; undefined where one is not. */
  static readWhole(words: Uint32Array, from: number, to: number): SavedSession | undefined {
    const session = SavedSession.read(words, from, to);
    return session.at === to ? session : undefined;
  }

  private take(type: RecordType, words: Uint32Array): void {
    const [a, b, c] = [words[0]!, words[1]!, words[2]!];
    switch (type) {
      case RecordType.INIT:
        this.clear();
        this.agreed = { flags: { flags: a, flags2: b }, minor: c };
        return;
      case RecordType.NODE:
        this.nodes.set(a, { generation: b, count: this.nodes.get(a)?.generation === b ? this.nodes.get(a)!.count : 0, saved: words.slice(2) });
        return;
      case RecordType.LOOKUP:
        if (this.nodes.has(a)) this.nodes.get(a)!.count += b;
        return;
      case RecordType.FORGET:
        return this.forget(a, b + c * 2 ** 32);
      case RecordType.OPEN:
        this.handles.set(a, { generation: b, kind: c, node: words[3]!, flags: words[4]! });
        return;
      case RecordType.CLOSE:
        this.handles.delete(a);
        if (this.locks.length > 0) this.locks.push(a);
        return;
      case RecordType.INTENT:
        this.intents.set(a + b * 2 ** 32, words.slice(2));
        return;
      case RecordType.OUTCOME:
        this.intents.delete(a + b * 2 ** 32);
        this.answers.set(a + b * 2 ** 32, { inline: c, payload: words[3]!, reply: words.slice(4) });
        return;
      case RecordType.LOCK:
      case RecordType.UNLOCK:
        this.locks.push({ node: a, words: words.slice(1) });
        return;
      case RecordType.END:
        this.clear();
    }
  }

  private forget(node: number, count: number): void {
    const known = this.nodes.get(node);
    if (!known) return;
    known.count -= count;
    if (known.count <= 0) this.nodes.delete(node);
  }

  /** What one life of a session held; answers may be to requests of either. */
  private clear(): void {
    this.agreed = undefined;
    this.nodes.clear();
    this.handles.clear();
    this.locks = [];
    this.intents.clear();
  }
}
