import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type { Log } from '../../core/log.js';
import type { Session } from '../../core/session/session.js';
import { restore } from '../../core/state/restore.js';
import { readSession, saveSession } from '../../core/state/transfer.js';
import type { SessionHost } from '../../core/transport.js';

/** Bytes of a state at most. */
const STATE_MOST = 1 << 28;

/** Where a state goes to or comes from, and until when. */
export interface Place {
  /** Of a file, pipe or socket; closed in the end. */
  readonly fd: number;
  /** Aborted when the front-end has gone. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A thread that waits for a pipe waits for as long as its other end likes: only files are written to by threads. */
const isFile = (fd: number): boolean => fstatSync(fd).isFile();
const output = (fd: number): Writable => (isFile(fd) ? createWriteStream('', { fd }) : new Socket({ fd, readable: false, writable: true }));
const input = (fd: number): Readable => (isFile(fd) ? createReadStream('', { fd }) : new Socket({ fd, readable: true, writable: false }));

/** Whether a state can go through a descriptor. */
export function carriesState(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || stat.isFIFO() || stat.isSocket();
}

/** Writes what the session holds; whether all of it was written. Without a session there is nothing to write. */
export async function save(session: Session | undefined, host: SessionHost, portable: boolean, { fd, signal, log }: Place): Promise<boolean> {
  const stream = addAbortSignal(signal, output(fd));
  try {
    const bytes = session?.running ? saveSession(session, host.persistence!, portable) : new Uint8Array(0);
    if (!bytes) throw new Error('there is too much of it');
    stream.end(bytes);
    await finished(stream, { readable: false });
    log.info({ bytes: bytes.length, handles: session?.handles.count ?? 0 }, 'the state of a guest was saved');
    return true;
  } catch (error) {
    log.error({ error: (error as Error).message }, 'the state of a guest could not be saved');
    return false;
  } finally {
    stream.destroy();
  }
}

async function received({ fd, signal }: Place): Promise<Buffer> {
  const stream = addAbortSignal(signal, input(fd));
  let size = 0;
  stream.on('data', (part: Buffer) => {
    size += part.length;
    if (size > STATE_MOST) stream.destroy(new Error('it is too large'));
  });
  return buffer(stream).finally(() => stream.destroy());
}

/** Reads a state up to its end: a session that holds it; undefined where there was none; false when it cannot be taken up. */
export async function load(host: SessionHost, open: () => Session, place: Place): Promise<Session | undefined | false> {
  const { log } = place;
  const refuse = (reason: string): false => {
    log.error({ reason }, 'the state of a guest could not be taken up');
    return false;
  };
  const bytes = await received(place).catch((error: Error) => refuse(error.message));
  if (bytes === false) return false;
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
