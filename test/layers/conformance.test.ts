import test from 'ava';
import { operations } from '../../index.js';
import { conformance } from '../conformance/index.js';
import { type Outcome, runBehaviours } from '../conformance/run.js';
import { stack } from './stack.js';

const LAYERS = [
  { use: 'audit', file: './audit.jsonl', operations },
  { use: 'policy', rules: [{ effect: 'hide', paths: ['/never/*'] }] },
  { use: 'quota', bytes: '4096TiB', inodes: 1_000_000, operations: 1_000_000, bandwidth: '1TiB' },
  { use: 'faults', rules: [{ nth: 1_000_000_000, error: 'EIO' }] },
];

test('the memory file system does behind layers that change nothing what it does without', async (t) => {
  t.timeout(600_000);
  const run = async (layers: readonly object[]) => {
    const { fs, connection, stop } = await stack(t, 'memory').serve(layers);
    const outcomes: Outcome[] = [];
    await runBehaviours(conformance, { fileSystem: 'memory', transport: 'loopback', words: ['memory', 'loopback'] }, fs, '/', (outcome) => outcomes.push(outcome));
    t.truthy(connection);
    await stop();
    return outcomes.filter(({ result }) => result === 'failed').map(({ name, reason }) => `${name}: ${reason}`);
  };
  t.deepEqual(await run(LAYERS), await run([]));
});
