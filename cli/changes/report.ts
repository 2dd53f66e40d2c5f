import type { Change, Committed } from '../../core/filesystem/change-set.js';
import { columns } from '../ctl/columns.js';

const bytes = (count: number | undefined): string => (count === undefined ? '' : String(count));
/** A path as it is printed: what would break the line is escaped. */
const printed = (path: string): string => path.replaceAll(/[\p{Cc}\\]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** What `diff` prints: a line for each change, then how many there are of each kind. */
export function diffReport(changes: readonly Change[]): string {
  if (changes.length === 0) return 'no changes';
  const rows = changes.map(({ change, type, before, size, path, from }) => [change, type, bytes(before), bytes(size), printed(path) + (from === undefined ? '' : ` from ${printed(from)}`)]);
  const counts = new Map<string, number>();
  for (const { change } of changes) counts.set(change, (counts.get(change) ?? 0) + 1);
  return `${columns([['CHANGE', 'TYPE', 'BEFORE', 'SIZE', 'PATH'], ...rows])}\n\n${[...counts].map(([change, count]) => `${count} ${change}`).join(', ')}`;
}

/** What `commit` prints. */
export function commitReport({ written, deleted, left }: Committed): string {
  const rest = left.map((path) => `\n  ${printed(path)}`).join('');
  return `${written} written, ${deleted} deleted${left.length > 0 ? `; still a change, since it is open or was changed meanwhile:${rest}` : ''}`;
}
