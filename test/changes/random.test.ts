import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { hostDirectory } from '../../admin/host-directory.js';
import type { ChangeSet } from '../../core/filesystem/change-set.js';
import { registry } from '../../index.js';
import { buildSyscalls, byKernel, noKernel, overlayOf, serve } from '../overlay/layers.js';
import { type Change, changes, outcome } from '../overlay/operations.js';
import { same } from '../overlay/same.js';
import { type Tree, treeOf } from '../overlay/tree.js';
import { type Box, boxes, fresh, lowerOnly, uppers } from './boxes.js';
import { mistold } from './told.js';

const needsRoot = process.geteuid!() === 0 ? test.serial : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);

const shown = (fs: Box['fs']): Promise<Tree> => treeOf(fs, { times: true });
/** Directories that take files or lose them have other times then. */
const timeless = (tree: Tree): Tree => Object.fromEntries(Object.entries(tree).map(([at, file]) => {
  const { mtime, ...rest } = file as Record<string, unknown>;
  return [at, rest['size'] === undefined ? rest : { ...rest, mtime }];
}));

test.before(() => {
  if (!noKernel) buildSyscalls();
});

async function elsewhere(filesystem: object): Promise<Tree> {
  const { fs, stop } = await serve(filesystem);
  try {
    return await shown(fs);
  } finally {
    await stop();
  }
}

function property(text: string, what: (box: Box, before: Tree, after: Tree) => Promise<void>): void {
  for (const kind of uppers) for (const metacopy of [false, true]) {
    needsRoot(title(`${text} (${kind} on top${metacopy ? ', metacopy' : ''})`), async (t) => {
      t.timeout(300_000);
      const make = boxes(t, kind, { metacopy });
      await fc.assert(fc.asyncProperty(changes, async (list: Change[]) => {
        const box = await make();
        try {
          const before = await shown(box.fs);
          for (const one of list) await outcome(one, box.fs);
          await what(box, before, await shown(box.fs));
        } finally {
          await box.stop();
        }
      }), { numRuns: 20, seed: Number(process.env['SEED'] ?? 6), includeErrorInReport: true });
      t.pass();
    });
  }
}

property('diff tells what differs from the lower layers, no more and no less', async ({ mount }, before, after) => {
  const wrong = mistold(await mount.changes!.diff(), before, after);
  if (wrong) throw new Error(`${wrong}: ${JSON.stringify(await mount.changes!.diff(), undefined, 1)}`);
});

property('commit leaves the same tree, all of it in the lower layers, and no changes', async ({ mount, fs, stop, at }, _before, after) => {
  const { left } = await mount.changes!.commit();
  if (left.length > 0) throw new Error(`left: ${left}`);
  same(timeless(await shown(fs)), timeless(after), 'the tree is another one');
  same(await mount.changes!.diff(), [], 'there are changes');
  await stop();
  same(timeless(await elsewhere(lowerOnly({ at }))), timeless(after), 'the lower layers show another tree');
});

property('commit to another directory makes it the same tree, and keeps the changes', async ({ mount, fs, home, at }, _before, after) => {
  const to = path.join(home, 'to');
  mkdirSync(to);
  for (const lower of at.lowers.toReversed()) execFileSync('cp', ['-a', `${lower}/.`, to]);
  const target = hostDirectory(to, 'to', registry);
  const changed = await mount.changes!.diff();
  await mount.changes!.commit(target);
  same(timeless(await elsewhere({ use: 'passthrough', source: to })), timeless(after), 'the directory has another tree');
  same(await mount.changes!.diff(), changed, 'the changes are not what they were');
  same(await shown(fs), after, 'the tree is another one');
});

property('discard leaves what the lower layers have', async ({ mount, fs }, before) => {
  await mount.changes!.discard();
  same(timeless(await shown(fs)), timeless(before), 'the tree is another one');
  same(await mount.changes!.diff(), [], 'there are changes');
});

property('a layer that was exported as a tar archive makes the same tree where it is imported', async ({ mount, home }, _before, after) => {
  const file = path.join(home, 'layer.tar.gz');
  await mount.changes!.export(file);
  await imported(home, file, after);
});

property('a layer that was exported as an upper directory makes the same tree where it is imported, and for the kernel', async ({ mount, home, at }, _before, after) => {
  const directory = path.join(home, 'layer');
  mkdirSync(directory);
  await mount.changes!.export(hostDirectory(directory, 'layer', registry));
  await imported(home, hostDirectory(directory, 'layer', registry), after);
  if (noKernel) return;
  const kernel = { lowers: [directory, ...at.lowers], changes: path.join(home, 'kernel') };
  for (const name of ['upper', 'work']) mkdirSync(path.join(kernel.changes, name), { recursive: true });
  same(timeless(await byKernel(kernel, 'redirect_dir=on', (fs) => treeOf(fs, { times: true }))), timeless(after), 'the kernel shows another tree');
});

/** Imports a layer into an overlay over new directories that hold the same. */
async function imported(home: string, from: Parameters<ChangeSet['import']>[0], expected: Tree): Promise<void> {
  const other = fresh(path.join(home, 'other'));
  const { fs, mount, stop } = await serve(overlayOf(other));
  await mount.changes!.import(from, mount);
  same(timeless(await shown(fs)), timeless(expected), 'the tree is another one');
  await stop();
}
