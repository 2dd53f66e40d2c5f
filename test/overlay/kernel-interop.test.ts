import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { buildSyscalls, byKernel, type Directories, directories, mounted, noKernel, overlayOf, scratch, serve } from './layers.js';
import { type Change, changes, outcome } from './operations.js';
import { same } from './same.js';
import { seed } from './seed.js';
import { treeOf } from './tree.js';

const interop = noKernel ? test.skip : test.serial;
const title = (text: string): string => `${text}${noKernel ? `: ${noKernel}` : ''}`;
const RUNS = 40;

test.before(() => {
  if (!noKernel) buildSyscalls();
});

let counter = 0;
function place(home: string): Directories {
  const made = directories(path.join(home, String(++counter)), 2);
  seed(made);
  return made;
}

async function applied(list: readonly Change[], fs: Parameters<Change['run']>[0]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const one of list) outcomes.push(`${one.text} ${await outcome(one, fs)}`);
  return outcomes;
}

const assert = (t: ExecutionContext, property: (list: Change[]) => Promise<void>): Promise<void> => {
  t.timeout(300_000);
  return fc.assert(fc.asyncProperty(changes, property), { numRuns: RUNS, seed: 6, includeErrorInReport: true, ...(process.env['SEED'] && { seed: Number(process.env['SEED']) }) });
};

for (const [options, kernel] of [[{}, 'redirect_dir=on,index=on,xino=auto'], [{ metacopy: true }, 'redirect_dir=on,metacopy=on,index=on,xino=auto'], [{ xattrs: 'user', redirectDir: false }, 'userxattr,index=off']] as const) {
  interop(title(`what is changed through us shows the same through the kernel (${kernel})`), async (t) => {
    const home = scratch(t);
    await assert(t, async (list) => {
      const at = place(home);
      const { fs, stop } = await serve(overlayOf(at, options));
      await applied(list, fs);
      const ours = await treeOf(fs, { times: true });
      await stop();
      same(ours, await byKernel(at, kernel, (theirs) => treeOf(theirs, { times: true })), 'the tree');
    });
    t.pass();
  });

  interop(title(`what is changed through the kernel shows the same through us (${kernel})`), async (t) => {
    const home = scratch(t);
    await assert(t, async (list) => {
      const at = place(home);
      const theirs = await byKernel(at, kernel, async (fs) => {
        await applied(list, fs);
        return treeOf(fs, { times: true });
      });
      const { fs, stop } = await serve(overlayOf(at, options));
      same(await treeOf(fs, { times: true }), theirs, 'the tree');
      await stop();
    });
    t.pass();
  });
}

interop(title('the same changes have the same outcomes and leave the same tree on the kernel\'s overlay and on ours'), async (t) => {
  const home = scratch(t);
  await assert(t, async (list) => {
    const [one, other] = [place(home), place(home)];
    const kernel = await byKernel(one, 'redirect_dir=on,index=on,metacopy=on', async (fs) => ({ outcomes: await applied(list, fs), tree: await treeOf(fs) }));
    const ours = await mounted(overlayOf(other), async (fs) => ({ outcomes: await applied(list, fs), tree: await treeOf(fs) }));
    same({ ...ours.outcomes }, { ...kernel.outcomes }, 'the outcomes');
    same(ours.tree, kernel.tree, 'the tree');
  });
  t.pass();
});
