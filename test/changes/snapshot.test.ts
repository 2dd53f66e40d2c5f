import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { O } from '../conformance/posix.js';
import { type Ours, overlayOf, scratch, serve } from '../overlay/layers.js';
import { type Change, changes, outcome } from '../overlay/operations.js';
import { same } from '../overlay/same.js';
import { type Tree, treeOf } from '../overlay/tree.js';
import { boxes, fresh, lowerOnly, uppers } from './boxes.js';

const needsRoot = process.geteuid!() === 0 ? test.serial : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);

/** All that is shown, inode numbers included, which a snapshot must not change. */
async function shown(fs: Ours['fs']): Promise<Tree> {
  const tree = await treeOf(fs, { times: true });
  for (const [name, file] of Object.entries(tree)) tree[name] = { ...file, ino: (await fs.lstat(name)).ino };
  return tree;
}

async function apply(fs: Ours['fs'], list: readonly Change[]): Promise<void> {
  for (const one of list) await outcome(one, fs);
}

for (const kind of uppers) for (const metacopy of [false, true]) {
  needsRoot(title(`whoever looks does not notice a snapshot, a discard goes back to it, and a restart finds both (${kind} on top${metacopy ? ', metacopy' : ''})`), async (t) => {
    t.timeout(300_000);
    const make = boxes(t, kind, { metacopy });
    await fc.assert(fc.asyncProperty(changes, changes, changes, async (first, second, third) => {
      const box = await make();
      const lower = await serve(lowerOnly(box));
      const untouched = await shown(lower.fs);
      try {
        await apply(box.fs, first);
        const one = await shown(box.fs);
        if (await box.mount.changes!.snapshot() !== 1) throw new Error('it is not the first snapshot');
        same(await shown(box.fs), one, 'after the first snapshot');
        same(await box.mount.changes!.diff(), [], 'changes after a snapshot');
        await apply(box.fs, second);
        const two = await shown(box.fs);
        await box.mount.changes!.snapshot();
        same(await shown(box.fs), two, 'after the second snapshot');
        await apply(box.fs, third);
        const three = await shown(box.fs);
        if (kind === 'passthrough') {
          await box.stop();
          const again = await serve(box.overlay);
          try {
            same(await shown(again.fs), three, 'after a restart');
            await again.mount.changes!.discard();
            same(await shown(again.fs), two, 'after a discard');
          } finally {
            await again.stop();
          }
        } else {
          await box.mount.changes!.discard();
          same(await shown(box.fs), two, 'after a discard');
        }
        same(await shown(lower.fs), untouched, 'the lower layers');
      } finally {
        await box.stop();
        await lower.stop();
      }
    }), { numRuns: 20, seed: Number(process.env['SEED'] ?? 6), includeErrorInReport: true });
    t.pass();
  });

  needsRoot(title(`who has a file open when a snapshot is made goes on writing to it, and the snapshot keeps what it was (${kind} on top${metacopy ? ', metacopy' : ''})`), async (t) => {
    const { fs, mount } = await boxes(t, kind, { metacopy })();
    await fs.mkdir('d1');
    const files = await Promise.all(['a/a', 'd1/new', 'c/a/b/a'].map(async (name) => ({ name, fd: await fs.open(name, O.O_RDWR | O.O_CREAT, 0o644), ino: 0 })));
    const reader = await fs.open('a/d', O.O_RDONLY);
    const gone = await fs.open('b/a', O.O_RDWR);
    await fs.write(gone, 'before');
    await fs.unlink('b/a');
    for (const file of files) {
      await fs.pwrite(file.fd, 'BEFORE', 0);
      file.ino = (await fs.lstat(file.name)).ino;
    }
    await mount.changes!.snapshot();
    for (const { name, fd, ino } of files) {
      await fs.pwrite(fd, 'after', 0);
      t.is((await fs.lstat(name)).ino, ino, name);
      const other = await fs.open(name, O.O_RDONLY);
      t.is(Buffer.from(await fs.pread(other, 5, 0)).toString(), 'after', name);
      await fs.close(other);
    }
    await fs.pwrite(gone, 'AFTER', 0);
    t.is(Buffer.from(await fs.pread(gone, 5, 0)).toString(), 'AFTER');
    t.is(Buffer.from(await fs.pread(reader, 6, 0)).toString(), 'bottom');
    t.deepEqual((await mount.changes!.diff()).map(({ change, path: at }) => `${change} ${at}`), ['changed /a/a', 'changed /c/a/b/a', 'changed /d1/new']);
    for (const { fd } of files) await fs.close(fd);
    await mount.changes!.discard();
    for (const { name } of files) {
      const fd = await fs.open(name, O.O_RDONLY);
      t.is(Buffer.from(await fs.pread(fd, 6, 0)).toString(), 'BEFORE', name);
    }
    await mount.stop();
  });
}

needsRoot(title('an open file with several names is named, and nothing changes'), async (t) => {
  const { fs, mount, stop } = await serve(overlayOf(fresh(path.join(scratch(t), 'box'))));
  await fs.link('a/a', 'a/second');
  const fd = await fs.open('a/second', O.O_RDWR);
  await t.throwsAsync(mount.changes!.snapshot(), { message: /^\/a\/(a|second) is open and has several names/ });
  await fs.pwrite(fd, 'on', 0);
  await fs.close(fd);
  t.is(await mount.changes!.snapshot(), 1);
  await t.throwsAsync(mount.changes!.commit(), { message: /^the overlay has 1 snapshot between its changes/ });
  await stop();
});
