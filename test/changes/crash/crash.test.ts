import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type Directories, overlayOf, scratch, serve } from '../../overlay/layers.js';
import { same } from '../../overlay/same.js';
import { type Tree, treeOf } from '../../overlay/tree.js';
import { fresh } from '../boxes.js';
import { scenarios } from './scenarios.js';

const child = path.join(import.meta.dirname, 'child.js');
const needsRoot = process.geteuid!() === 0 ? test : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);
const CHILDREN = 2;

interface Ended {
  readonly at: Directories;
  /** Steps that were told to be done. */
  readonly done: number;
  readonly killed: boolean;
}

/** Runs a scenario in a process of its own, which dies after so many changes. */
async function die(home: string, name: string, left: number): Promise<Ended> {
  const at = fresh(home);
  const cut = (source: string): object => ({ use: 'passthrough', source, layers: [{ use: 'cut' }] });
  const overlay = { use: 'overlay', upper: cut(at.changes), lower: at.lowers.map(cut) };
  const told = await promisify(execFile)(process.execPath, [child, JSON.stringify(overlay), name, String(left)])
    .then(({ stdout }) => ({ stdout, killed: false }), (error: { stdout: string; stderr: string; signal: string }) => {
      if (error.signal !== 'SIGKILL') throw new Error(error.stderr);
      return { stdout: error.stdout, killed: true };
    });
  return { at, done: told.stdout.split('\n').length - 1, killed: told.killed };
}

async function show(filesystem: object): Promise<Tree> {
  const { fs, stop } = await serve(filesystem);
  try {
    return await treeOf(fs);
  } finally {
    await stop();
  }
}

/** Kills a process at each of the changes that a scenario makes, one after the other, until one lives. */
async function everywhere(t: ExecutionContext, name: string, check: (ended: Ended, left: number) => Promise<void>): Promise<void> {
  t.timeout(600_000);
  const home = scratch(t);
  let next = 0;
  let lived = false;
  await Promise.all(Array.from({ length: CHILDREN }, async () => {
    while (!lived) {
      const left = next++;
      const ended = await die(path.join(home, String(left)), name, left);
      if (!ended.killed) lived = true;
      try {
        await check(ended, left);
      } catch (error) {
        throw new Error(`killed after ${left} changes: ${(error as Error).message}`, { cause: error });
      }
    }
  }));
  t.true(next > 10, `only ${next} changes were made`);
  t.log(`${next - CHILDREN} places`);
}

const lowerTree = ({ lowers }: Directories): Promise<Tree[]> => Promise.all(lowers.map((source) => show({ use: 'passthrough', source })));

needsRoot(title('a server that is killed anywhere in a copy-up leaves whole files, untouched lower layers and an empty work directory'), async (t) => {
  const home = scratch(t);
  const untouched = fresh(path.join(home, 'untouched'));
  const lower = await lowerTree(untouched);
  // What is shown after each step, by a process that lives.
  const { fs, mount, stop } = await serve(overlayOf(untouched));
  const steps: Tree[] = [await treeOf(fs)];
  for (const run of Object.values(scenarios['copy-up']!.steps)) {
    await run(fs, mount);
    steps.push(await treeOf(fs));
  }
  await stop();
  await everywhere(t, 'copy-up', async ({ at, done }) => {
    for (const [i, tree] of (await lowerTree(at)).entries()) same(tree, lower[i]!, `lower layer ${i}`);
    const tree = await show(overlayOf(at));
    for (const [name, file] of Object.entries(tree)) whole(name, file, steps[done]![name], (steps[done + 1] ?? steps[done]!)[name]);
    for (const name of Object.keys(steps[done]!)) if (!tree[name] && (steps[done + 1] ?? steps[done]!)[name]) throw new Error(`${name} is gone`);
    t.deepEqual(readdirSync(path.join(at.changes, 'work', 'work')), []);
  });
});

/** A file is as it was before the step or after it, or the step had opened it and not written yet. */
function whole(name: string, file: object, before: object | undefined, after: object | undefined): void {
  const content = (one: object | undefined): unknown => (one as { content?: string } | undefined)?.content;
  if (content(file) !== content(before) && content(file) !== content(after)) throw new Error(`${name} is torn: ${JSON.stringify({ file, before, after })}`);
}

needsRoot(title('a server that is killed anywhere in a commit has lost nothing; the next one finishes it'), async (t) => {
  const home = scratch(t);
  const { fs: model, mount: modelled, stop: end } = await serve(overlayOf(fresh(path.join(home, 'model'))));
  await scenarios['commit']!.before(model, modelled);
  const expected = await treeOf(model);
  await end();
  await everywhere(t, 'commit', async ({ at }) => {
    const { fs, mount, stop } = await serve(overlayOf(at));
    same(await treeOf(fs), expected, 'the tree');
    await mount.changes!.commit();
    same(await treeOf(fs), expected, 'the tree after another commit');
    same(await mount.changes!.diff(), [], 'the changes');
    await stop();
    same(await show({ use: 'overlay', lower: at.lowers.map((source) => ({ use: 'passthrough', source })) }), expected, 'the lower layers');
    t.deepEqual(readdirSync(at.lowers[0]!).filter((name) => name.startsWith('.')), []);
  });
});

needsRoot(title('a server that is killed anywhere in a discard leaves the lower layers alone; the next discard takes the rest'), async (t) => {
  const home = scratch(t);
  const lower = await lowerTree(fresh(path.join(home, 'untouched')));
  await everywhere(t, 'discard', async ({ at }) => {
    for (const [i, tree] of (await lowerTree(at)).entries()) same(tree, lower[i]!, `lower layer ${i}`);
    const { mount, stop } = await serve(overlayOf(at));
    await mount.changes!.discard();
    same(await mount.changes!.diff(), [], 'the changes');
    await stop();
  });
});

needsRoot(title('a server that is killed anywhere in a snapshot shows the same tree; the next snapshot can be made'), async (t) => {
  const home = scratch(t);
  const { fs: model, mount: modelled, stop: end } = await serve(overlayOf(fresh(path.join(home, 'model'))));
  await scenarios['snapshot']!.before(model, modelled);
  const expected = await treeOf(model);
  await end();
  await everywhere(t, 'snapshot', async ({ at }) => {
    const { fs, mount, stop } = await serve(overlayOf(at));
    same(await treeOf(fs), expected, 'the tree');
    await mount.changes!.snapshot();
    same(await treeOf(fs), expected, 'the tree after another snapshot');
    same(await mount.changes!.diff(), [], 'the changes');
    await stop();
    t.deepEqual(readdirSync(path.join(at.changes, 'work', 'work')), []);
    t.true(readdirSync(path.join(at.changes, 'work', 'fusewire-snapshots')).every((name) => /^[12]$/.test(name)));
  });
});
