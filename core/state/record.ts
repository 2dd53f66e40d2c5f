import { REPLY_SIZE } from '../channel/slot.js';
import { SAVED_WORDS } from '../filesystem/persistence.js';
import { LkIn } from '../protocol/structs.js';

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

const LOCK_WORDS = 1 + (LkIn.size_ >> 2);
/** The fewest and the most words of a record of each type. */
const WORDS: Readonly<Record<number, readonly [number, number]>> = {
  [RecordType.INIT]: [3, 3],
  [RecordType.NODE]: [2, 2 + SAVED_WORDS],
  [RecordType.LOOKUP]: [2, 2],
  [RecordType.FORGET]: [3, 3],
  [RecordType.OPEN]: [5, 5],
  [RecordType.CLOSE]: [1, 1],
  [RecordType.INTENT]: [2, 2 + SAVED_WORDS],
  [RecordType.OUTCOME]: [4, 4 + (REPLY_SIZE >> 2)],
  [RecordType.END]: [0, 0],
  [RecordType.LOCK]: [LOCK_WORDS, LOCK_WORDS],
  [RecordType.UNLOCK]: [3, 3],
};
/** Whether it can be the first word of a record. */
export function isRecord(word: number): boolean {
  const words = WORDS[recordType(word)];
  return words !== undefined && recordWords(word) >= words[0] && recordWords(word) <= words[1];
}
