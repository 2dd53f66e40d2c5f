import { PATH_MAX } from '../core/protocol/flags.js';
import { nameText } from '../core/protocol/names.js';
import { Opcode } from '../core/protocol/opcode.js';
import type { Entry } from './entry.js';
import { DriverError, withPath } from './errors.js';
import type { Session } from './session.js';

/** Symbolic links followed in one walk, path_resolution(7). */
const MOST_LINKS = 40;

/** Where a path leads. Its nodes are in use until `release`. */
export interface Place {
  /** The last component, empty for the root. */
  readonly name: string;
  /** The directory that has it. */
  readonly parent: Entry;
  /** Undefined when there is nothing of that name. */
  readonly entry: Entry | undefined;
  release(): void;
}

/** Resolves a path from the share's root, which is also what absolute links start from. `follow`: a link at its end too. */
export async function walk(session: Session, path: string, follow: boolean): Promise<Place> {
  const way = [session.root];
  const release = (): void => way.splice(0).forEach((entry) => entry.release());
  const left = path.split('/').toReversed();
  let links = 0;
  let name = '';
  try {
    while (left.length > 0) {
      const component = left.pop()!;
      const last = left.every((rest) => rest === '');
      if (component === '' || component === '.') continue;
      const parent = way.at(-1)!;
      if (!parent.isDirectory) throw new DriverError('ENOTDIR', 'walk', path);
      if (component === '..') {
        if (way.length > 1) way.pop()!.release();
        name = '';
        continue;
      }
      name = component;
      const entry = await look(session, parent, component);
      if (!entry) {
        if (!last) throw new DriverError('ENOENT', 'walk', path);
        return { name, parent, entry, release };
      }
      if (entry.isSymbolicLink && (!last || follow || left.length > 0)) {
        const target = await readlink(session, entry).finally(() => entry.release());
        if (++links > MOST_LINKS) throw new DriverError('ELOOP', 'walk', path);
        if (target.startsWith('/')) way.splice(1).forEach((passed) => passed.release());
        left.push(...target.split('/').toReversed());
      } else {
        way.push(entry);
      }
    }
    if (path.endsWith('/') && !way.at(-1)!.isDirectory) throw new DriverError('ENOTDIR', 'walk', path);
    return { name: way.length > 1 ? name : '', parent: way.at(-2) ?? way[0], entry: way.at(-1), release };
  } catch (error) {
    release();
    throw withPath(error, path);
  }
}

async function look(session: Session, parent: Entry, name: string): Promise<Entry | undefined> {
  try {
    return await session.lookup(parent.node, name);
  } catch (error) {
    if (error instanceof DriverError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The text of a symbolic link. */
export async function readlink(session: Session, entry: Entry): Promise<string> {
  return nameText(await session.callBytes(Opcode.READLINK, entry.node, undefined, PATH_MAX));
}

/** A path whose end is to be made, removed or renamed, without slashes at its end; `errno` when it has no name there. */
export function withName(path: string, errno: 'EEXIST' | 'EBUSY'): string {
  const trimmed = path.replace(/\/+$/, '');
  const name = trimmed.slice(trimmed.lastIndexOf('/') + 1);
  if (name === '') throw new DriverError(errno, 'the root', path);
  if (name === '.' || name === '..') throw new DriverError('EINVAL', 'a dot at the end', path);
  return trimmed;
}
