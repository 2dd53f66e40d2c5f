import { NAME_MAX } from '../../../core/protocol/flags.js';
import { nameText } from '../../../core/protocol/names.js';
import { type Source, Unreadable } from '../../../core/state/source.js';
import { Entry, Listing as Record } from './format.js';

const SLASH = 0x2f;

export interface Listed {
  readonly node: number;
  readonly name: string;
  readonly cookie: number;
}

export interface Listing {
  /** The greatest cookie given out. */
  readonly last: number;
  readonly entries: readonly Listed[];
}

/** Reads the names in a directory, which are names. */
export async function readListing(source: Source): Promise<Listing> {
  const head = await source.view(Record.SIZE);
  const [last, count] = [head.getFloat64(Record.last, true), head.getUint32(Record.count, true)];
  const entries: Listed[] = [];
  for (let i = 0; i < count; i++) {
    const record = await source.view(Entry.SIZE);
    const [cookie, node, length] = [record.getFloat64(Entry.cookie, true), record.getUint32(Entry.node, true), record.getUint32(Entry.name, true)];
    if (length === 0 || length > NAME_MAX) throw new Unreadable('it has a name that is too long');
    const bytes = (await source.take(length)).slice();
    const name = nameText(bytes);
    if (bytes.includes(0) || bytes.includes(SLASH) || name === '.' || name === '..') throw new Unreadable('it has a name that is none');
    entries.push({ node, name, cookie });
  }
  return { last, entries };
}
