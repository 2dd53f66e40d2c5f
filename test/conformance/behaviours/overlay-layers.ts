import { type Behaviour, type Limits, topic } from '../behaviour.js';
import { file, LAYERS, type Seeds, slug, wanted } from '../layers.js';
import { O, type Posix } from '../posix.js';
import type { Scene } from '../scene.js';

const DOC = 'overlayfs.rst';

type Run = (fs: Posix, t: Scene) => Promise<void>;
type Define = (sentence: string, layers: Seeds, run: Run, limits?: Limits) => void;

/** Behaviours that start in a directory of the given lower layers; `only`: the word of the cells they are about. */
export function onLayers(define: (it: Define) => void, only = 'overlay'): readonly Behaviour[] {
  return topic('overlay', (it) => define((sentence, layers, run, limits = {}) => {
    const home = slug(sentence);
    wanted.set(home, layers);
    it(sentence, DOC, async (fs, t) => {
      await fs.chdir(`../${LAYERS}/${home}`);
      await run(fs, t);
    }, { only, ...limits });
  }));
}

export const append = async (fs: Posix, path: string, text: string): Promise<void> => {
  const fd = await fs.open(path, O.O_WRONLY | O.O_APPEND);
  await fs.write(fd, text);
  await fs.close(fd);
};
export const listed = async (fs: Posix, t: Scene, path = '.') => {
  const fd = await fs.open(path, O.O_RDONLY | O.O_DIRECTORY);
  return t.listing(fd);
};
/** That many files in a directory `d`. */
export const names = (count: number, prefix: string) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`d/${prefix}${i}`, file()]));
export const SOMEBODY = { uid: 1000, gid: 1000 };
