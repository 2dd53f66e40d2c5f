/**
 * Records of a state log. Word 0: the type in the lower 8 bits, the number of words that follow above them. Those words:
 */
export const enum RecordType {
  /** flags, flags2, minor: INIT was agreed; nothing is held from before. */
  INIT = 1,
  /** node, generation, what the plugin saved of it. */
  NODE = 2,
  /** node, count: look-ups handed out. */
  LOOKUP = 3,
  /** node, count (u64): look-ups given back. */
  FORGET = 4,
  /** index, generation, kind, node, open flags. */
  OPEN = 5,
  /** index. */
  CLOSE = 6,
  /** unique (u64), what the plugin noted before it began. */
  INTENT = 7,
  /** unique (u64), bytes in the slot, bytes of payload, the bytes in the slot: how a request was answered. */
  OUTCOME = 8,
  /** The session has ended. */
  END = 9,
  /** node, `fuse_lk_in`: an fcntl(2) or flock(2) lock was taken or given back. */
  LOCK = 10,
  /** node, owner (u64): all fcntl(2) locks of the owner on the node were given back. */
  UNLOCK = 11,
}

export const recordWord = (type: RecordType, words: number): number => type | (words << 8);
export const recordType = (word: number): RecordType => word & 0xff;
export const recordWords = (word: number): number => word >>> 8;
