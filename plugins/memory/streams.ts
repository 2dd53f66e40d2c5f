/**
 * Open directories. A stream does not go beyond the entries that were there when it was opened or rewound, so that a
 * listing ends even while entries are added. A handle is an index.
 */
export class Streams {
  private readonly limits: number[] = [];
  private readonly free: number[] = [];

  /** The handle of a new stream that ends with the cookie `last`. */
  open(last: number): number {
    const handle = this.free.pop() ?? this.limits.length;
    this.limits[handle] = last;
    return handle;
  }

  close(handle: number): void {
    if (handle >= 0) this.free.push(handle);
  }

  /** The cookie with which a listing from `offset` ends; `last` is the directory's present last one. */
  limit(handle: number, offset: number, last: number): number {
    if (handle < 0) return last;
    if (offset === 0) this.limits[handle] = last;
    return this.limits[handle]!;
  }
}
