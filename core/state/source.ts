/** What is read is not what it should be; the message says in what. */
export class Unreadable extends Error {}

const NOTHING = new Uint8Array(0);

/** Bytes that come in parts of any size, taken in pieces of the reader's choice. */
export class Source {
  private readonly parts: AsyncIterator<Uint8Array>;
  private part: Uint8Array = NOTHING;
  private at = 0;

  constructor(parts: AsyncIterable<Uint8Array>) {
    this.parts = parts[Symbol.asyncIterator]();
  }

  static of(bytes: Uint8Array): Source {
    return new Source((async function* () {
      yield bytes;
    })());
  }

  /** The next `length` bytes, valid until the next call. Throws `Unreadable` when there are fewer. */
  async take(length: number): Promise<Uint8Array> {
    if (this.part.length - this.at >= length) return this.part.subarray(this.at, (this.at += length));
    const bytes = new Uint8Array(length);
    await this.into(bytes);
    return bytes;
  }

  /** As `take`, to be read by fields. */
  async view(length: number): Promise<DataView> {
    const bytes = await this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** As `take`, into memory of the caller's. */
  async into(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (await this.ended()) throw new Unreadable('it is cut off');
      const size = Math.min(bytes.length - done, this.part.length - this.at);
      bytes.set(this.part.subarray(this.at, this.at + size), done);
      this.at += size;
      done += size;
    }
  }

  /** Whether all has been taken. */
  async ended(): Promise<boolean> {
    while (this.at === this.part.length) {
      const { done, value } = await this.parts.next();
      if (done) return true;
      // No Buffer, whose slice() is no copy.
      this.part = new Uint8Array(value.buffer, value.byteOffset, value.length);
      this.at = 0;
    }
    return false;
  }
}
