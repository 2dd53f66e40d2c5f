import { parseArgs } from 'node:util';
import { kill } from './kill.js';

// npm run kill-test -- [--files N] [--kills N] [--seed N] [--paths] [--packed]
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '50' },
    life: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    paths: { type: 'boolean', default: false },
    packed: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const options = { files: Number(values.files), kills: Number(values.kills), life: Number(values.life), seed, packed: values.packed, filesystem: values.paths ? { fileHandles: false } : {} };
const { files, kills, caught, faults } = await kill(options, console.log);
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(`${caught} rings had requests in flight when their server was killed`);
console.log(`${files} files written, ${kills} kills, ${faults.length} lost, doubled or failed`);
process.exitCode = faults.length === 0 && files === options.files && kills === options.kills ? 0 : 1;
