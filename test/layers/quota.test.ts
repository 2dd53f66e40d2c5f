import { execFileSync, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Bucket } from '../../plugins/layers/quota/bucket.js';
import { FALLOC, O } from '../conformance/posix.js';
import { onHost, plugins, stack } from './stack.js';

const quota = (options: object) => [{ use: 'quota', ...options }];

for (const plugin of plugins) {
  test(`${plugin}: files grow up to the limit, and what goes makes room`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(quota({ bytes: 1000 }));
    await scene.file('a', 'a'.repeat(600));
    const fd = await fs.open('b', O.O_CREAT | O.O_RDWR);
    t.is(await fs.write(fd, 'b'.repeat(600)), 400);
    await t.throwsAsync(fs.write(fd, 'b'), { code: 'EDQUOT' });
    t.is(await fs.pwrite(fd, 'over', 0), 4);
    await t.throwsAsync(fs.truncate('a', 601), { code: 'EDQUOT' });
    await fs.truncate('a', 100);
    t.is(await fs.write(fd, 'b'.repeat(600)), 500);
    await fs.unlink('a');
    await fs.ftruncate(fd, 1000);
    await t.throwsAsync(fs.ftruncate(fd, 1001), { code: 'EDQUOT' });
    await fs.unlink('b');
    await t.throwsAsync(scene.file('c', 'c'), { code: 'EDQUOT' }, 'an open file without a name counts');
    await fs.close(fd);
    await scene.file('c', 'c'.repeat(1000));
    await scene.file('c', 'd'.repeat(1000));
    t.is(await scene.content('c'), 'd'.repeat(1000));
  });

  test(`${plugin}: space that is reserved or copied into counts, a hole gives nothing back`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(quota({ bytes: '1MiB' }));
    const fd = await fs.open('f', O.O_CREAT | O.O_RDWR);
    await fs.fallocate(fd, FALLOC.KEEP_SIZE, 0, 1 << 20);
    await t.throwsAsync(scene.file('g', 'x'), { code: 'EDQUOT' });
    await t.throwsAsync(fs.fallocate(fd, 0, 0, (1 << 20) + 1), { code: 'EDQUOT' });
    await fs.fallocate(fd, FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE, 0, 4096);
    await t.throwsAsync(scene.file('g', 'x'), { code: 'EDQUOT' });
    await fs.ftruncate(fd, 600_000);
    const copy = await fs.open('copy', O.O_CREAT | O.O_RDWR);
    await t.throwsAsync(fs.copyFileRange(fd, 0, copy, 0, 600_000), { code: 'EDQUOT' });
    t.is(await fs.copyFileRange(fd, 0, copy, 0, 400_000), 400_000);
  });

  test(`${plugin}: inodes are counted until their last name is gone`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(quota({ inodes: 3 }));
    await fs.mkdir('d');
    await scene.file('d/f');
    await fs.symlink('f', 'd/l');
    for (const call of [() => fs.mkdir('e'), () => scene.file('e'), () => fs.mknod('e', O.S_IFIFO | 0o644), () => fs.symlink('x', 'e'), () => fs.open('d', O.O_TMPFILE | O.O_RDWR)]) {
      await t.throwsAsync(call, { code: 'EDQUOT' }, String(call));
    }
    await fs.link('d/f', 'd/g');
    await fs.unlink('d/f');
    await t.throwsAsync(scene.file('e'), { code: 'EDQUOT' });
    await fs.rename('d/l', 'd/g');
    await scene.file('e');
    await fs.unlink('d/g');
    await fs.rmdir('d');
    await fs.mkdir('d1');
    await fs.mkdir('d2');
    await t.throwsAsync(fs.mkdir('d3'), { code: 'EDQUOT' });
  });

  test(`${plugin}: statfs shows what remains`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(quota({ bytes: '8MiB', inodes: 10 }));
    await scene.file('f', 'x'.repeat(1 << 20));
    const { bsize, blocks, bfree, bavail, files, ffree } = await fs.statfs('/');
    t.deepEqual([blocks * bsize, bfree * bsize, bavail * bsize, files, ffree], [8 << 20, 7 << 20, 7 << 20, 10, 9]);
  });
}

test('what was there before counts by what it grows', async (t) => {
  const { source, serve } = stack(t, 'passthrough');
  writeFileSync(path.join(source, 'old'), 'x'.repeat(5000));
  const { fs, scene } = await serve(quota({ bytes: 100 }));
  await t.throwsAsync(fs.truncate('old', 5101), { code: 'EDQUOT' });
  await fs.truncate('old', 5100);
  await t.throwsAsync(scene.file('new', 'x'), { code: 'EDQUOT' });
  await fs.truncate('old', 4000);
  await scene.file('new', 'x'.repeat(1100));
});

test('a bucket lets so much pass at once, then as it comes in', (t) => {
  let now = 0;
  const bucket = new Bucket(10, () => now);
  t.is(bucket.take(10), 0);
  t.is(bucket.take(5), 0.5);
  t.is(bucket.take(5), 1);
  now = 1.5;
  t.is(bucket.take(5), 0);
  now = 100;
  t.is(bucket.take(15), 0.5);
});

test('operations and bytes beyond the rate wait, and none is refused', async (t) => {
  const { fs, scene } = await stack(t, 'memory').serve(quota({ operations: 100 }));
  const started = performance.now();
  for (let i = 0; i < 60; i++) await fs.mkdir(`d${i}`);
  t.true(performance.now() - started >= 150, 'at least three requests each');
  t.is((await scene.names()).length, 60);
  const slow = await stack(t, 'passthrough').serve(quota({ bandwidth: '1MiB' }));
  const begun = performance.now();
  await slow.scene.file('f', new Uint8Array(1 << 20));
  t.is((await slow.scene.content('f')).length, 1 << 20);
  t.true(performance.now() - begun >= 900);
});

onHost('on this host: a program that writes too much is told so, and df shows the limit', quota({ bytes: '1MiB' }), async (t, at, source) => {
  const { stderr } = spawnSync('dd', ['if=/dev/zero', 'of=big', 'bs=64k', 'count=32'], { cwd: at, encoding: 'utf8' });
  t.regex(stderr, /Disk quota exceeded/);
  t.is(statSync(path.join(source, 'big')).size, 1 << 20);
  t.regex(execFileSync('df', ['-B1', '--output=size,avail', at], { encoding: 'utf8' }), /1048576 +0/);
  execFileSync('rm', ['big'], { cwd: at });
  execFileSync('dd', ['if=/dev/zero', 'of=other', 'bs=1M', 'count=1', 'status=none'], { cwd: at });
  t.is(statSync(path.join(source, 'other')).size, 1 << 20);
});
