import test from 'ava';
import { z } from 'zod';
import { Layer, Paths, type PathTracker, registry } from '../../index.js';
import { O, RENAME } from '../conformance/posix.js';
import { plugins, stack } from './stack.js';

@Layer({ name: 'test-paths', options: z.object({}) })
class Asks {
  constructor(@Paths() readonly paths: PathTracker) {}
}
registry.addLayer(Asks);

for (const plugin of plugins) {
  /** Serves it, and gives its paths. */
  const open = async (t: Parameters<typeof stack>[0]) => {
    const served = await stack(t, plugin).serve([{ use: 'test-paths' }]);
    const { paths } = (served.mount.plugin.layers as object[]).find((layer): layer is Asks => layer instanceof Asks)!;
    return { ...served, paths };
  };

  test(`${plugin}: a path follows renames of the file and of directories above it`, async (t) => {
    const { fs, scene, paths } = await open(t);
    await fs.mkdir('a');
    await fs.mkdir('a/b');
    await fs.mkdir('x');
    await scene.file('a/b/f');
    await fs.open('a/b/f', O.O_RDONLY);
    const all = () => Array.from({ length: 40 }, (_, node) => [...paths.paths(node)]).flat().toSorted();
    t.deepEqual(all().filter((path) => path.includes('f')), ['/a/b/f']);
    await fs.rename('a/b/f', 'a/b/ff');
    t.deepEqual(all().filter((path) => path.includes('f')), ['/a/b/ff']);
    await fs.rename('a', 'x/y');
    t.deepEqual(all().filter((path) => path.includes('f')), ['/x/y/b/ff']);
    await scene.file('x/g');
    await fs.open('x/g', O.O_RDONLY);
    await fs.rename('x/g', 'x/y/b/ff', RENAME.EXCHANGE);
    t.deepEqual(all().filter((path) => /f|g/.test(path)), ['/x/g', '/x/y/b/ff']);
  });

  test(`${plugin}: all names of a file are known, and one that is gone is not among them`, async (t) => {
    const { fs, scene, paths } = await open(t);
    const files = () => Array.from({ length: 40 }, (_, node) => [...paths.paths(node)].toSorted()).filter((all) => all.some((path) => path !== '/'));
    await scene.file('f');
    await fs.open('f', O.O_RDONLY);
    await fs.link('f', 'g');
    t.deepEqual(files(), [['/f', '/g']]);
    await fs.rename('f', 'g');
    t.deepEqual(files(), [['/f', '/g']]);
    await fs.unlink('f');
    t.deepEqual(files(), [['/g']]);
    await fs.unlink('g');
    t.deepEqual(files(), [['/g']]);
    await scene.file('g');
    const fd = await fs.open('g', O.O_RDONLY);
    t.deepEqual(files(), [['/g'], ['/g']]);
    await fs.close(fd);
  });

  test(`${plugin}: what is forgotten leaves nothing behind`, async (t) => {
    const { fs, scene, paths } = await open(t);
    await fs.mkdir('d');
    for (let i = 0; i < 50; i++) await scene.file(`d/f${i}`);
    await scene.names('d');
    for (let i = 0; i < 50; i++) await fs.unlink(`d/f${i}`);
    await fs.rmdir('d');
    t.is(paths.size, 1);
  });
}
