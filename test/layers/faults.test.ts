import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { O } from '../conformance/posix.js';
import { onHost, plugins, stack } from './stack.js';

const faults = (...rules: object[]) => [{ use: 'faults', rules }];

for (const plugin of plugins) {
  test(`${plugin}: operations fail by rule, and are not done`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(faults(
      { operations: ['mkdir'], nth: 2, error: 'ENOSPC' },
      { operations: ['write'], paths: ['*.log'], error: 'EIO' },
      { operations: ['unlink'], every: 2, error: 'EBUSY' },
    ));
    await fs.mkdir('a');
    await t.throwsAsync(fs.mkdir('b'), { code: 'ENOSPC' });
    await fs.mkdir('c');
    t.deepEqual(await scene.names(), ['a', 'c']);
    await t.throwsAsync(scene.file('x.log', 'content'), { code: 'EIO' });
    await scene.file('x', 'content');
    t.is(await scene.size('x.log'), 0);
    await fs.unlink('x');
    await t.throwsAsync(fs.unlink('x.log'), { code: 'EBUSY' });
    await fs.unlink('x.log');
  });

  test(`${plugin}: reads and writes fall short`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(faults({ operations: ['read'], short: 3 }, { operations: ['write'], nth: 1, short: 4 }));
    const fd = await fs.open('f', O.O_CREAT | O.O_RDWR);
    t.is(await fs.write(fd, 'content'), 4);
    t.is(await fs.write(fd, 'ent'), 3);
    t.is(await scene.at(fd, 0, 100), 'con');
    t.is(await scene.at(fd, 4, 100), 'ent');
    t.is(await scene.size('f'), 7);
  });
}

test('latency is waited for, and others pass meanwhile', async (t) => {
  const { fs } = await stack(t, 'memory').serve(faults({ operations: ['mkdir'], paths: ['/slow'], latency: '200ms' }));
  const order: string[] = [];
  const started = performance.now();
  await Promise.all([fs.mkdir('slow').then(() => order.push('slow')), fs.mkdir('fast').then(() => order.push('fast'))]);
  t.deepEqual(order, ['fast', 'slow']);
  t.true(performance.now() - started >= 199);
});

test('chance is the same for the same seed', async (t) => {
  const outcomes = async (seed: number) => {
    const { fs } = await stack(t, 'memory').serve([{ use: 'faults', seed, rules: [{ operations: ['mkdir'], probability: 0.5, error: 'EIO' }] }]);
    const said: boolean[] = [];
    for (let i = 0; i < 40; i++) said.push(await fs.mkdir(`d${i}`).then(() => true, () => false));
    return said;
  };
  const first = await outcomes(7);
  t.true(first.includes(true) && first.includes(false));
  t.deepEqual(await outcomes(7), first);
  t.notDeepEqual(await outcomes(8), first);
});

test('a close that fails closes all the same', async (t) => {
  const { fs, scene, mount } = await stack(t, 'passthrough').serve(faults({ operations: ['release'], error: 'EIO' }));
  await scene.file('f', 'content').catch(() => undefined);
  t.is(await scene.size('f'), 7);
  await fs.unlink('f');
  t.deepEqual([...mount.sessions].map(({ handles }) => handles.count), [0]);
});

onHost('on this host: a program is told of the error', faults({ operations: ['open'], paths: ['*.bad'], error: 'EMFILE' }), async (t, at, source) => {
  writeFileSync(path.join(source, 'x.bad'), 'content');
  writeFileSync(path.join(source, 'x.good'), 'content');
  t.throws(() => readFileSync(path.join(at, 'x.bad')), { code: 'EMFILE' });
  t.is(readFileSync(path.join(at, 'x.good'), 'utf8'), 'content');
});
