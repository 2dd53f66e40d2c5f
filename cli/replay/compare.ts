import type { Attributes } from '../../core/filesystem/attributes.js';
import { S_IFDIR, S_IFMT } from '../../core/protocol/mode.js';
import type { TraceAnswer, TraceAttributes } from '../../plugins/layers/trace/record.js';

// What differs between an answer that was recorded and one now, in words; undefined: nothing.

/** Bytes moved, or an offset. */
export const sameCount = (now: number, { count }: TraceAnswer): string | undefined => (now === count ? undefined : `${count}, now ${now}`);
export const sameValue = (now: Uint8Array, { value }: TraceAnswer): string | undefined => (value === undefined || Buffer.compare(now, Buffer.from(value, 'base64')) === 0 ? undefined : 'another value');

/** Size and link count of a directory are the file system's own. */
export function sameAttributes(then: TraceAttributes, now: Attributes): string | undefined {
  const names: readonly (keyof TraceAttributes)[] = (then.mode & S_IFMT) === S_IFDIR ? ['mode', 'uid', 'gid'] : ['mode', 'uid', 'gid', 'size', 'nlink', 'rdev'];
  const differs = names.filter((name) => then[name] !== now[name]).map((name) => (name === 'mode' ? `mode ${then.mode.toString(8)}, now ${now.mode.toString(8)}` : `${name} ${then[name]}, now ${now[name]}`));
  return differs.length === 0 ? undefined : differs.join('; ');
}
