import { createReadStream, createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import type { Log } from '../../core/log.js';
import type { Session } from '../../core/session/session.js';
import { restore } from '../../core/state/restore.js';
import { readSession, saveSession } from '../../core/state/transfer.js';
import type { SessionHost } from '../../core/transport.js';

/** Bytes of a state at most. */
const STATE_MOST = 1 << 28;

/** Writes what the session holds to a descriptor, which is closed then; whether all of it was written. Without a session there is nothing to write. */
export async function save(session: Session | undefined, host: SessionHost, portable: boolean, fd: number, log: Log): Promise<boolean> {
  const stream = createWriteStream('', { fd, autoClose: true });
  const failed = once(stream, 'error').then(([error]: Error[]) => error);
  const bytes = session?.running ? saveSession(session, host.persistence!, portable) : new Uint8Array(0);
  const problem = bytes === undefined ? new Error('there is too much of it') : await Promise.race([failed, new Promise<undefined>((resolve) => stream.end(bytes, () => resolve(undefined)))]);
  if (!bytes) stream.destroy();
  if (problem) log.error({ error: problem.message }, 'the state of a guest could not be saved');
  else log.info({ bytes: bytes!.length, handles: session?.handles.count ?? 0 }, 'the state of a guest was saved');
  return problem === undefined;
}

/** Reads a state from a descriptor, which is closed then, up to its end: a session that holds it; undefined where there was none; false when it cannot be taken up. */
export async function load(host: SessionHost, open: () => Session, fd: number, log: Log): Promise<Session | undefined | false> {
  const refuse = (reason: string): false => {
    log.error({ reason }, 'the state of a guest could not be taken up');
    return false;
  };
  const stream = createReadStream('', { fd, autoClose: true, end: STATE_MOST });
  const bytes = await buffer(stream).catch((error: Error) => refuse(error.message));
  if (bytes === false) return false;
  if (bytes.length > STATE_MOST) return refuse('it is too large');
  if (bytes.length === 0) return undefined;
  const saved = readSession(bytes);
  if (typeof saved === 'string') return refuse(saved);
  const session = open();
  if (session.mount.nodes.live > 0) {
    session.close();
    return refuse('other guests have the share already');
  }
  const losses = restore(session, saved, host.persistence!);
  const counts = { nodes: saved.nodes.size, handles: saved.handles.size, lost: losses };
  if (losses.nodes + losses.handles > 0) log.warn(counts, 'the state of a guest was taken up; some of its files are not here');
  else log.info(counts, 'the state of a guest was taken up');
  return session;
}
