const SIZE = 1 << 16;

/** Small records put together, so that they go out in large parts. */
export class Pieces {
  private bytes = new Uint8Array(SIZE);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  /** Where a record of `size` bytes is to be written, whose bytes are zero: the view, and its offset in there. */
  put(size: number): { readonly view: DataView; readonly at: number } {
    this.reserve(size);
    const { view, at } = this;
    this.at += size;
    return { view, at };
  }

  /** As it is. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  get full(): boolean {
    return this.at > SIZE >> 1;
  }

  /** What there is; it stays as it is. */
  take(): Uint8Array {
    const part = this.bytes.subarray(0, this.at);
    this.bytes = new Uint8Array(SIZE);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
    return part;
  }

  private reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.at + size));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
