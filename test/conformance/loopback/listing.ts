import { nameText } from '../../../core/protocol/names.js';
import { Dirent, Direntplus, EntryOut } from '../../../core/protocol/structs.js';
import type { DirectoryEntry } from '../posix.js';

/** One record of READDIR or READDIRPLUS; `entry` is the latter's `fuse_entry_out` when it counts as a look-up. */
export interface Listed extends DirectoryEntry {
  readonly entry?: Buffer;
}

/** The records of a listing. */
export function records(reply: Buffer, plus: boolean): Listed[] {
  const list: Listed[] = [];
  const fixed = plus ? Direntplus.size_ : Dirent.size_;
  for (let at = 0, end; at < reply.length; at = end) {
    const dirent = at + (plus ? Direntplus.dirent : 0);
    const length = reply.readUInt32LE(dirent + Dirent.namelen);
    const name = nameText(reply.subarray(at + fixed, at + fixed + length));
    end = at + fixed + ((length + 7) & ~7);
    if (length === 0 || end > reply.length) throw new Error(`a listing with a broken record at byte ${at}`);
    const looked = plus && reply.readBigUInt64LE(at + EntryOut.nodeid) !== 0n;
    list.push({
      name,
      ino: Number(reply.readBigUInt64LE(dirent + Dirent.ino)),
      offset: reply.readBigUInt64LE(dirent + Dirent.off),
      type: reply.readUInt32LE(dirent + Dirent.type),
      ...(looked && { entry: reply.subarray(at, at + EntryOut.size_) }),
    });
  }
  return list;
}
