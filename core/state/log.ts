/** Where a log is kept: memory that outlives this process, as a file mapped shared. */
export interface StateStorage {
  /** LOG_BYTES of it, of which only reserved bytes may be touched; the first page always may. */
  readonly buffer: ArrayBuffer;
  /** Makes sure that these bytes have their place; false when there is none. */
  reserve(offset: number, bytes: number): boolean;
}

const PAGE_WORDS = 1024;
const HALF_WORDS = 1 << 26;
/** Bytes of address space; space on the disk is taken as it is reserved. */
export const LOG_BYTES = (PAGE_WORDS + 2 * HALF_WORDS) * 4;
/** Words reserved at a time. */
const STEP = 1 << 20;
const MAGIC = 0x4657_5354;
const VERSION = 1;

const enum Header {
  MAGIC = 0,
  VERSION = 1,
  ID = 2,
  /** Which half holds the log; the other one is where the next log is written to. */
  ACTIVE = 4,
  /** Words committed in each half. */
  END = 5,
}

/**
 * An append-only log of records in one of two halves. What was appended counts once it is committed, by one store: the
 * process may be killed between any two. A new log that says the same in fewer words is written to the other half, which
 * then takes over, by one store as well.
 */
export class StateLog {
  readonly words: Uint32Array;
  private readonly header: Int32Array;
  private readonly reserved = [0, 0];
  private active = 0;
  /** Where the next record goes, an index of `words`. */
  at = 0;

  constructor(private readonly storage: StateStorage) {
    this.words = new Uint32Array(storage.buffer);
    this.header = new Int32Array(storage.buffer, 0, PAGE_WORDS);
    if (this.header[Header.MAGIC] !== MAGIC || this.header[Header.VERSION] !== VERSION) return;
    this.active = this.header[Header.ACTIVE]! & 1;
    this.at = this.start + this.committed;
  }

  /** Whether it holds what an earlier process wrote. */
  get valid(): boolean {
    return this.header[Header.MAGIC] === MAGIC && this.header[Header.VERSION] === VERSION && this.committed <= HALF_WORDS;
  }
  /** Which session it is of: two words. */
  get id(): Uint8Array {
    return new Uint8Array(this.storage.buffer, Header.ID * 4, 8);
  }
  /** Words of the log. */
  get size(): number {
    return this.at - this.start;
  }
  get start(): number {
    return PAGE_WORDS + this.active * HALF_WORDS;
  }
  private get committed(): number {
    return this.header[Header.END + this.active]!;
  }

  /** Makes sure that `words` more can be appended; false when there is no room for them. */
  room(words: number): boolean {
    const end = this.size + words;
    const { reserved, active } = this;
    if (end <= reserved[active]!) return true;
    const wanted = Math.min(HALF_WORDS, Math.ceil(end / STEP) * STEP);
    if (end > HALF_WORDS || !this.storage.reserve((this.start + reserved[active]!) * 4, (wanted - reserved[active]!) * 4)) return false;
    reserved[active] = wanted;
    return true;
  }

  /** What was appended counts from now on. */
  commit(): void {
    Atomics.store(this.header, Header.END + this.active, this.size);
  }

  /** Begins an empty log. */
  reset(id: Uint8Array): void {
    this.header[Header.MAGIC] = 0;
    this.id.set(id);
    this.header[Header.VERSION] = VERSION;
    this.active = 0;
    this.header[Header.ACTIVE] = 0;
    this.at = this.start;
    this.commit();
    Atomics.store(this.header, Header.MAGIC, MAGIC);
  }

  /** What is in it means nothing any more. */
  discard(): void {
    Atomics.store(this.header, Header.MAGIC, 0);
  }

  /** Has `write` append the log anew to the other half, and goes on there; false, and all is as it was, when it has no room. */
  rewrite(write: () => boolean): boolean {
    const { at } = this;
    this.active ^= 1;
    this.at = this.start;
    if (write()) {
      this.commit();
      Atomics.store(this.header, Header.ACTIVE, this.active);
      return true;
    }
    this.active ^= 1;
    this.at = at;
    return false;
  }
}
