import test from 'ava';
import { Glob } from '../../core/paths/glob.js';

const cases: [pattern: string, takes: string[], not: string[]][] = [
  ['*.key', ['/a.key', '/d/e/.key', '/d/x.key/inside'], ['/a.keys', '/key']],
  ['secret', ['/secret', '/a/secret', '/a/secret/b/c'], ['/secrets', '/a/nosecret']],
  ['/secret', ['/secret', '/secret/a'], ['/a/secret']],
  ['etc/*.conf', ['/etc/a.conf', '/etc/.conf'], ['/etc/d/a.conf', '/x/etc/a.conf']],
  ['etc/**', ['/etc/a', '/etc/d/.e'], ['/x/etc/a']],
  ['a/**/z', ['/a/z', '/a/b/c/z', '/a/b/z/in'], ['/a/b']],
  ['{a,b}/c', ['/a/c', '/b/c/d'], ['/c/c']],
  ['/', ['/', '/a', '/a/b'], []],
  ['*', ['/a', '/.a/b'], []],
  ['[ab]?', ['/ax', '/d/by'], ['/cx', '/a']],
  ['!x', ['/!x'], ['/x', '/y']],
  ['#x', ['/#x'], ['/x']],
  ['\u00e9', ['/\u00e9'], ['/e\u0301']],
];
for (const [pattern, takes, not] of cases) {
  test(`${pattern} takes what it says, with all that is in it`, (t) => {
    const glob = new Glob(pattern);
    for (const path of takes) t.true(glob.takes(path), path);
    for (const path of not) t.false(glob.takes(path), path);
  });
}
