import { lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Directories } from './layers.js';

/** Fills two lower layers: directories that are merged and such that are not, files of both, and a link. */
export function seed({ lowers: [top, bottom] }: Directories): void {
  const file = (layer: string, name: string, content: string): void => {
    writeFileSync(path.join(layer, name), content);
    utimesSync(path.join(layer, name), 1000, 2000);
  };
  for (const name of ['a', 'a/b', 'a/b/c', 'b']) mkdirSync(path.join(top!, name));
  for (const name of ['a', 'a/b', 'c', 'c/a', 'c/a/b']) mkdirSync(path.join(bottom!, name));
  file(top!, 'a/a', 'top');
  file(top!, 'a/b/a', 'top '.repeat(3000));
  file(top!, 'b/a', 'only on top');
  file(bottom!, 'a/a', 'bottom');
  file(bottom!, 'a/b/b', 'bottom');
  file(bottom!, 'a/d', 'bottom');
  file(bottom!, 'c/a/b/a', 'deep');
  file(bottom!, 'c/b', 'bottom');
  symlinkSync('a/a', path.join(bottom!, 'd'));
  lutimesSync(path.join(bottom!, 'd'), 1000, 2000);
}
