/** Typed arrays by which a channel answers plain requests by itself. Mirror of native/src/columns.h. */
export const enum Column {
  /** Per session, u32: what may be answered, and with what (`Parameter`). */
  PARAMETERS = 0,
  /** Per session, f64 by opcode: requests received. */
  REQUESTS = 1,
  /** Per session, f64 by node: look-ups held. */
  LOOKUPS = 2,
  /** Per session, by handle index, u8, u32, u32: `HandleKind`, node, generation. */
  HANDLE_KINDS = 3,
  HANDLE_NODES = 4,
  HANDLE_GENERATIONS = 5,
  /** Per session, by handle index, i32: the fd whose data READ and WRITE move, -1 for none. */
  HANDLE_DATA = 6,
  /** Per session, u8 by node: 1 while its attributes may change without a request. */
  CHANGING = 7,
  /** Per mount, by node, u32, f64: generation, look-ups of all sessions. */
  GENERATIONS = 8,
  REFERENCES = 9,
  /** Per mount, i32 by node: an fd of the host's file that the node shows, -1 for none. */
  NODE_FDS = 10,
  /** Per mount, `HostMount.WORDS` u32 each: mounts of the host. */
  HOST_MOUNTS = 11,
  /**
   * Per mount, u32 by node: which file of the host it shows: mount, inode number, birth time. Of a node that must not be
   * found by them alone the birth is another.
   */
  NODE_MOUNTS = 12,
  INODES_LOW = 13,
  INODES_HIGH = 14,
  BIRTHS = 15,
  BIRTH_NANOSECONDS = 16,
  /** Per mount, i32: an open-addressing hash of nodes by these, 0 for a free place. */
  PLACES = 17,
  /** Per session, f64: requests answered with an errno, by opcode; bytes received and sent. */
  ERRORS = 18,
  BYTES = 19,
  /** Per session, f64: nodes with a look-up, and how many there may be. */
  HELD = 20,
  /** Per mount, f64: nodes that some session refers to. */
  LIVE = 21,
}

/** Words of `Column.PARAMETERS`. */
export const enum Parameter {
  /** A bit for each opcode, below 32, that may be answered. */
  OPCODES = 0,
  /** Timeouts of entries and attributes, seconds and nanoseconds. */
  ENTRY_SECONDS = 1,
  ENTRY_NANOSECONDS = 2,
  ATTR_SECONDS = 3,
  ATTR_NANOSECONDS = 4,
  COUNT = 5,
}

export type ColumnArray = Uint8Array | Uint32Array | Int32Array | Float64Array;
type Reader = (column: Column, array: ColumnArray) => void;

/**
 * Arrays that native code reads and writes beside TypeScript, on the same thread. An owner that needs a longer one gives
 * the new one here at once: the old one is not looked at again.
 */
export class Columns {
  private readonly arrays: (ColumnArray | undefined)[] = [];
  private readonly readers = new Set<Reader>();

  set(column: Column, array: ColumnArray): void {
    this.arrays[column] = array;
    for (const reader of this.readers) reader(column, array);
  }

  /** Tells `reader` of every array, now and whenever there is another one. */
  follow(reader: Reader): void {
    this.readers.add(reader);
    this.arrays.forEach((array, column) => array && reader(column, array));
  }

  unfollow(reader: Reader): void {
    this.readers.delete(reader);
  }
}
