import { constants } from 'node:fs';
import { InitFlag } from '../core/protocol/init-flag.js';
import { Opcode } from '../core/protocol/opcode.js';
import { CreateIn, EntryOut, OpenIn, OpenOut } from '../core/protocol/structs.js';
import { getU64 } from '../core/protocol/words.js';
import { fields, join, terminated } from './body.js';
import type { Entry } from './entry.js';
import { DriverError } from './errors.js';
import { OpenFile } from './file.js';
import { hasFlag } from './init.js';
import type { Session } from './session.js';
import type { Place } from './walk.js';

const { O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_DIRECTORY } = constants;

/** What open(2) does where a walk has led. */
export async function open(session: Session, place: Place, flags: number, mode: number): Promise<OpenFile> {
  const { entry } = place;
  if (!entry) {
    if (!(flags & O_CREAT)) throw new DriverError('ENOENT', 'open');
    return create(session, place.parent, place.name, flags, mode);
  }
  if (flags & O_CREAT && flags & O_EXCL) throw new DriverError('EEXIST', 'open');
  if (entry.isSymbolicLink) throw new DriverError('ELOOP', 'open');
  if (flags & O_DIRECTORY && !entry.isDirectory) throw new DriverError('ENOTDIR', 'open');
  if (entry.isDirectory && flags & (O_CREAT | constants.O_WRONLY | constants.O_RDWR)) throw new DriverError('EISDIR', 'open');
  return openEntry(session, entry, flags);
}

/** OPEN or OPENDIR of a node, which stays in use until the file is closed. */
export async function openEntry(session: Session, entry: Entry, flags: number): Promise<OpenFile> {
  const { learned } = session;
  const unheard = entry.isDirectory ? 'noOpendir' : 'noOpen';
  const sent = flags & ~(O_CREAT | O_EXCL | O_NOCTTY) & (hasFlag(session.init, InitFlag.ATOMIC_O_TRUNC) ? ~0 : ~O_TRUNC);
  const body = fields(OpenIn.size_);
  body[OpenIn.flags >> 2] = sent;
  let [handle, openFlags] = [0, 0];
  if (!learned[unheard]) {
    try {
      const reply = await session.call(entry.isDirectory ? Opcode.OPENDIR : Opcode.OPEN, entry.node, join(body), OpenOut.size_);
      handle = getU64(reply, OpenOut.fh >> 2);
      openFlags = reply[OpenOut.open_flags >> 2]!;
    } catch (error) {
      if (!(error instanceof DriverError && error.code === 'ENOSYS')) throw error;
      learned[unheard] = true;
    }
  }
  const file = new OpenFile(session, session.share(entry), handle, sent, !learned[unheard], openFlags);
  if (flags & O_TRUNC && !(sent & O_TRUNC)) await file.truncate(0);
  return file;
}

async function create(session: Session, parent: Entry, name: string, flags: number, mode: number): Promise<OpenFile> {
  const body = fields(CreateIn.size_);
  body[CreateIn.flags >> 2] = flags & ~O_NOCTTY;
  body[CreateIn.mode >> 2] = (mode & 0o7777) | constants.S_IFREG;
  const reply = await session.call(Opcode.CREATE, parent.node, join(body, terminated(name)), EntryOut.size_ + OpenOut.size_);
  const handle = getU64(reply, EntryOut.size_ + OpenOut.fh >> 2);
  const openFlags = reply[EntryOut.size_ + OpenOut.open_flags >> 2]!;
  return new OpenFile(session, session.entry(reply), handle, flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC), true, openFlags);
}
