/** What native/src/fd.cc exports. Results >= 0, or a negative errno; every fd made is close-on-exec. */
export interface FdFunctions {
  closeFd(fd: number): number;
  /** eventfd(2), non-blocking, at 0. */
  eventfdCreate(): number;
  /** The count since the last read; -EAGAIN when it is 0. */
  eventfdRead(fd: number): number;
  eventfdWrite(fd: number, value: number): number;
  /** 1 or 0; 0 where there is no /proc to tell. */
  isEventfd(fd: number): number;
  /** memfd_create(2) of `size` bytes; `name` is what /proc shows, at most 249 bytes. */
  memfdCreate(name: string, size: number): number;
}
