import { HandleKind } from '../filesystem/handles.js';
import type { Persistence } from '../filesystem/persistence.js';
import { HANDLES_MOST } from '../limits/limits.js';
import { ROOT_NODE } from '../protocol/flags.js';
import type { Session } from '../session/session.js';
import { Journal } from './journal.js';
import { LOG_BYTES, StateLog } from './log.js';
import { SavedSession } from './saved.js';

const MAGIC = 0x4657_4d53;
const VERSION = 1;
/** Words in front: magic, version, how many follow. */
const HEAD = 3;
/** A session whose numbers lie further apart than this is none of ours. */
const SPARSE = 1 << 20;

/** What a session holds, as bytes that another process can take up; undefined when there is too much of it. `portable`: files are named by their paths. */
export function saveSession(session: Session, persistence: Persistence, portable: boolean): Uint8Array | undefined {
  const log = new StateLog({ buffer: new ArrayBuffer(LOG_BYTES), reserve: () => true });
  log.reset(new Uint8Array(8));
  let failed = false;
  const journal = new Journal(session, log, persistence, () => (failed = true), undefined, portable);
  if (!journal.snapshot() || failed) return undefined;
  const words = new Uint32Array(HEAD + log.size);
  words.set([MAGIC, VERSION, log.size]);
  words.set(log.words.subarray(log.start, log.at), HEAD);
  return new Uint8Array(words.buffer);
}

/** Reads what `saveSession` wrote; a sentence that says what is wrong with it, for anything else. */
export function readSession(bytes: Uint8Array): SavedSession | string {
  if (bytes.length % 4 !== 0 || bytes.length < HEAD * 4) return `it has ${bytes.length} bytes`;
  const words = new Uint32Array(bytes.slice().buffer);
  if (words[0] !== MAGIC || words[1] !== VERSION) return 'it is not of this kind of server';
  if (words[2] !== words.length - HEAD) return 'it is cut off';
  const saved = SavedSession.readWhole(words, HEAD, words.length);
  if (saved === undefined) return 'it has a record that is none';
  return problem(saved) ?? saved;
}

/** Numbers from outside index tables, which are as long as the largest one asks for. */
function problem({ nodes, handles, answers }: SavedSession): string | undefined {
  const most = nodes.size * 16 + SPARSE;
  for (const [node, { saved }] of nodes) if (node <= ROOT_NODE || node > most || saved.length === 0) return `it has a node ${node}`;
  for (const [index, { kind, node }] of handles) {
    const known = node === ROOT_NODE || nodes.has(node);
    if (index < 1 || index >= HANDLES_MOST || !known || (kind !== HandleKind.FILE && kind !== HandleKind.DIRECTORY)) return `it has an open file ${index}`;
  }
  for (const { inline, reply } of answers.values()) if (inline > reply.length * 4) return 'it has an answer that is cut off';
  return undefined;
}
