import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../core/filesystem/change-set.js';
import type { Tree } from '../overlay/tree.js';

const within = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

/** What is wrong with a list of changes, given the trees before and after; undefined when it tells exactly what differs. */
export function mistold(changes: readonly Change[], before: Tree, after: Tree): string | undefined {
  const renamed = changes.filter(({ change }) => change === 'renamed');
  const of = (path: string, ...kinds: Change['change'][]): Change | undefined => changes.find((one) => kinds.includes(one.change) && one.path === `/${path}`);
  const moved = (path: string): boolean => renamed.some((one) => within(`/${path}`, one.path));
  const left = (path: string): boolean => renamed.some(({ from }) => within(`/${path}`, from!));
  const gone = (path: string): boolean => changes.some((one) => one.change === 'deleted' && within(`/${path}`, one.path));
  for (const path of Object.keys(after)) {
    const [was, is] = [before[path], after[path]!];
    if (!was && !of(path, 'added') && !moved(path)) return `${path} is new, and not in the list`;
    if (!was || moved(path)) continue;
    if (!same(was, is) && !of(path, 'changed', 'metadata', 'added')) return `${path} differs, and is not in the list`;
  }
  for (const path of Object.keys(before)) if (!after[path] && !gone(path) && !left(path)) return `${path} is gone, and not in the list`;
  for (const { change, path: at } of changes) {
    const path = at.slice(1) || '.';
    if (change !== 'deleted' && !after[path]) return `${change} ${at} is in the list, and is not there`;
    if ((change === 'changed' || change === 'metadata') && !moved(path) && before[path] && same(before[path], after[path]!)) return `${change} ${at} is in the list, and is as it was`;
  }
  return undefined;
}

/** A file's other names come and go without a change of it; times of directories follow from what is in them. */
function same(was: object, is: object): boolean {
  const told = ({ mtime, ...file }: Record<string, unknown>): object => ({ ...file, nlink: 0, same: '', mtime: file['size'] === undefined ? 0 : mtime });
  return isDeepStrictEqual(told(was as Record<string, unknown>), told(is as Record<string, unknown>));
}
