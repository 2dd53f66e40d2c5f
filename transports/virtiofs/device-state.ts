import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Loaded } from '../../core/filesystem/persistence.js';
import type { Log } from '../../core/log.js';
import type { Session } from '../../core/session/session.js';
import { restore } from '../../core/state/restore.js';
import type { SavedSession } from '../../core/state/saved.js';
import { Source, Unreadable } from '../../core/state/source.js';
import { readSession, saveSession } from '../../core/state/transfer.js';
import type { SessionHost } from '../../core/transport.js';

/** Where a state goes to or comes from, and until when. */
export interface Place {
  /** Of a file, pipe or socket; closed in the end. */
  readonly fd: number;
  /** Aborted when the front-end has gone. */
  readonly signal: AbortSignal;
  /** To be called whenever some of it has gone through. */
  readonly progress: () => void;
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

/** The state of a guest; nothing where there is none: it holds nothing, and the files are elsewhere. */
function* parts(session: Session | undefined, { persistence, guests }: SessionHost, portable: boolean): Generator<Uint8Array> {
  const { contents } = persistence!;
  const running = session?.running ? session : undefined;
  if (contents && guests > (session ? 1 : 0)) throw new Error('its files are of other guests, too');
  if (!running && !contents) return;
  const bytes = saveSession(running, persistence!, portable);
  if (!bytes) throw new Error('there is too much of it');
  yield bytes;
  if (contents) yield* contents.save();
}

/** Writes what the session holds, and its files where they are in this process; whether all of it was written. */
export async function save(session: Session | undefined, host: SessionHost, portable: boolean, { fd, signal, log, progress }: Place): Promise<boolean> {
  let bytes = 0;
  const counted = function* (): Generator<Uint8Array> {
    for (const part of parts(session, host, portable)) {
      bytes += part.length;
      progress();
      yield part;
    }
  };
  try {
    await pipeline(Readable.from(counted(), { objectMode: false }), output(fd), { signal });
    log.info({ bytes, handles: session?.handles.count ?? 0 }, 'the state of a guest was saved');
    return true;
  } catch (error) {
    log.error({ error: (error as Error).message }, 'the state of a guest could not be saved');
    return false;
  }
}

async function* told(stream: AsyncIterable<Uint8Array>, progress: () => void): AsyncGenerator<Uint8Array> {
  for await (const part of stream) {
    progress();
    yield part;
  }
}

interface Received {
  readonly saved: SavedSession;
  readonly files: Loaded | undefined;
}

/** Reads a state up to its end; undefined for nothing. */
async function receive(host: SessionHost, { fd, signal, progress }: Place): Promise<Received | undefined> {
  const stream = addAbortSignal(signal, input(fd));
  let files: Loaded | undefined;
  try {
    const source = new Source(told(stream, progress));
    if (await source.ended()) return undefined;
    const saved = await readSession(source);
    files = await host.persistence!.contents?.load(source, saved.nodes);
    if (!(await source.ended())) throw new Unreadable('it holds files, which are kept elsewhere here');
    return { saved, files };
  } catch (error) {
    files?.drop();
    throw error;
  } finally {
    stream.destroy();
  }
}

/**
 * Reads a state up to its end: a session that holds it; undefined where there was none; false when it cannot be taken up,
 * and if it must be `whole` also when files of it are not here.
 */
export async function load(host: SessionHost, open: () => Session, whole: boolean, place: Place): Promise<Session | undefined | false> {
  const { log } = place;
  const refuse = (reason: string): false => {
    log.error({ reason }, 'the state of a guest could not be taken up');
    return false;
  };
  const received = await receive(host, place).catch((error: Error) => refuse(error.message));
  if (!received) return received;
  const { saved, files } = received;
  const session = open();
  const free = session.mount.nodes.live === 0 && (!files || host.guests === 1);
  if (!free) files?.drop();
  if (!free || files?.keep() === false) {
    session.close();
    return refuse(free ? 'there are files here already' : 'other guests have the share already');
  }
  const losses = restore(session, saved, host.persistence!, true);
  const counts = { nodes: saved.nodes.size, handles: saved.handles.size, lost: losses };
  if (whole && losses.nodes + losses.handles > 0) {
    session.close();
    return refuse(`${losses.nodes} files of the guest are not here, ${losses.handles} that it has open cannot be opened`);
  }
  if (losses.nodes + losses.handles > 0) log.warn(counts, 'the state of a guest was taken up; some of its files are not here');
  else log.info(counts, 'the state of a guest was taken up');
  if (session.running) return session;
  session.close();
  return undefined;
}
