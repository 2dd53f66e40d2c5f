import { decodeName } from '../core/protocol/names.js';
import { Opcode } from '../core/protocol/opcode.js';
import { Dirent, Direntplus, EntryOut, ReadIn } from '../core/protocol/structs.js';
import { getU64, putU64 } from '../core/protocol/words.js';
import { fields, join, words } from './body.js';
import { DriverError } from './errors.js';
import type { OpenFile } from './file.js';
import type { Session } from './session.js';
import { decodeStats, type Stats } from './stats.js';

/** One name of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  /** DT_ values of readdir(3): 4 directory, 8 file, 10 symbolic link, 0 unknown. */
  readonly type: number;
  /** From READDIRPLUS, where the server gave them. */
  readonly stats?: Stats;
}

/** Bytes of one READDIR. */
const SIZE = 32 << 10;
const align = (length: number): number => Math.ceil(length / 8) * 8;

/** Reads an open directory to its end, the two dots left out. */
export async function readDirectory(session: Session, directory: OpenFile, plus: boolean): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const body = fields(ReadIn.size_);
  putU64(body, ReadIn.fh >> 2, directory.handle);
  body[ReadIn.size >> 2] = SIZE;
  const cookie = body.subarray(ReadIn.offset >> 2, (ReadIn.offset >> 2) + 2);
  for (;;) {
    const reply = await session.callBytes(plus ? Opcode.READDIRPLUS : Opcode.READDIR, directory.node, join(body), SIZE);
    if (reply.length === 0) return entries;
    decode(session, reply, plus, entries, cookie);
  }
}

/** Reads one reply's records; `cookie` gets both words of the last `off`, opaque and wider than 2^53. */
function decode(session: Session, reply: Uint8Array, plus: boolean, entries: DirectoryEntry[], cookie: Uint32Array): void {
  const all = words(reply);
  const prefix = plus ? Direntplus.dirent : 0;
  for (let at = 0; at < reply.length;) {
    const dirent = at + prefix;
    const nameAt = dirent + Dirent.size_;
    const length = nameAt <= reply.length ? all[(dirent + Dirent.namelen) >> 2] : 0;
    if (length === 0 || nameAt + length > reply.length) throw new DriverError('EIO', 'a broken directory record');
    const name = decodeName(reply, nameAt, length);
    const dots = name === '.' || name === '..';
    // Each name that comes with a node counts as a look-up, but for the dots.
    const found = plus && !dots && getU64(all, (at + EntryOut.nodeid) >> 2) !== 0;
    if (found) session.entry(all, at).release();
    const ino = getU64(all, (dirent + Dirent.ino) >> 2);
    const type = all[(dirent + Dirent.type) >> 2];
    if (!dots) entries.push({ name, ino, type, ...(found ? { stats: decodeStats(all, at + EntryOut.attr) } : {}) });
    cookie.set(all.subarray((dirent + Dirent.off) >> 2, ((dirent + Dirent.off) >> 2) + 2));
    at += align(prefix + Dirent.size_ + length);
  }
}
