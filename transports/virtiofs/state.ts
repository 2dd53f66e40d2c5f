import { randomBytes } from 'node:crypto';
import { StateUnsupported } from '../../core/errors.js';
import type { Persistence } from '../../core/filesystem/persistence.js';
import type { Log } from '../../core/log.js';
import type { Session } from '../../core/session/session.js';
import { Journal } from '../../core/state/journal.js';
import { StateLog } from '../../core/state/log.js';
import { restore } from '../../core/state/restore.js';
import { SavedSession } from '../../core/state/saved.js';
import type { SessionHost } from '../../core/transport.js';
import { StateFile } from './state-file.js';

/**
 * What a device's session holds, in a file that outlives this process. The session of an earlier process waits here for its
 * front-end, which names it by the in-flight area that it has kept; any other front-end begins a new one.
 */
export class State {
  private readonly file: StateFile;
  private readonly journal: StateLog;
  private readonly persistence: Persistence;
  private waiting: Session | undefined;

  /** With `earlier` takes up what is in the file. `open` makes a session. Throws a `UserError` when the file cannot be used. */
  constructor(path: string, host: SessionHost, earlier: boolean, open: () => Session, private readonly log: Log) {
    if (!host.persistence || host.persistence.contents) throw StateUnsupported(host.name);
    this.persistence = host.persistence;
    this.file = StateFile.open(path);
    this.journal = new StateLog(this.file);
    if (!earlier || !this.journal.valid) return;
    const saved = SavedSession.read(this.journal.words, this.journal.start, this.journal.at);
    if (!saved.agreed) return;
    this.waiting = open();
    const losses = restore(this.waiting, saved, this.persistence);
    this.attach(this.waiting, saved);
    const counts = { nodes: saved.nodes.size, handles: saved.handles.size, lost: losses };
    if (losses.nodes + losses.handles > 0) log.warn(counts, 'a session was taken up again; some of its files are gone');
    else log.info(counts, 'a session was taken up again');
  }

  /** The session that waits for the front-end whose in-flight area has this id. */
  claim(id: Uint8Array): Session | undefined {
    const session = this.waiting;
    if (!session || Buffer.compare(id, this.journal.id) !== 0) return undefined;
    this.waiting = undefined;
    return session;
  }

  /** Writes a new session down from now on; the id by which its front-end finds it again. */
  begin(session: Session): Uint8Array {
    this.release();
    const id = randomBytes(8);
    this.journal.reset(id);
    this.attach(session);
    return id;
  }

  /** Leaves what is in the file to the next process. */
  close(): void {
    if (this.waiting) this.waiting.journal = undefined;
    this.release();
    this.file.close();
  }

  private attach(session: Session, saved?: SavedSession): void {
    session.keep(new Journal(session, this.journal, this.persistence, () => {
      session.journal = undefined;
      this.journal.discard();
      this.log.error({}, 'there is no room for the state file: what guests hold will be lost with this process');
    }, saved));
  }

  private release(): void {
    this.waiting?.close();
    this.waiting = undefined;
  }
}
