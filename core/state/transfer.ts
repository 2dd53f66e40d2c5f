import { HandleKind } from '../filesystem/handles.js';
import type { Persistence } from '../filesystem/persistence.js';
import { HANDLES_MOST } from '../limits/limits.js';
import { ROOT_NODE } from '../protocol/flags.js';
import type { Session } from '../session/session.js';
import { Journal } from './journal.js';
import { LOG_BYTES, StateLog } from './log.js';
import { SavedSession } from './saved.js';
import { type Source, Unreadable } from './source.js';

const MAGIC = 0x4657_4d53;
const VERSION = 1;
/** Words in front: magic, version, how many follow. */
const HEAD = 3;
/** Words of a session at most. */
const MOST = 1 << 26;
/** A session whose numbers lie further apart than this is none of ours. */
const SPARSE = 1 << 20;

/**
 * What a session holds, as bytes that another process can take up; undefined when there is too much of it. `portable`: files
 * are named by their paths. Without a session they say that there is none.
 */
export function saveSession(session: Session | undefined, persistence: Persistence, portable: boolean): Uint8Array | undefined {
  if (session === undefined) return new Uint8Array(Uint32Array.of(MAGIC, VERSION, 0).buffer);
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

/** Reads what `saveSession` wrote. Throws `Unreadable` for anything else. */
export async function readSession(source: Source): Promise<SavedSession> {
  const [magic, version, length] = new Uint32Array((await source.take(HEAD * 4)).slice().buffer);
  if (magic !== MAGIC || version !== VERSION) throw new Unreadable('it is not of this kind of server');
  if (length! > MOST) throw new Unreadable(`it has ${length} words`);
  const words = new Uint32Array((await source.take(length! * 4)).slice().buffer);
  const saved = SavedSession.readWhole(words, 0, words.length);
  const wrong = saved === undefined ? 'it has a record that is none' : problem(saved);
  if (wrong !== undefined) throw new Unreadable(wrong);
  return saved!;
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
