import { parseArgs } from 'node:util';
import { soak } from './soak.js';

// npm run soak -- [--minutes N] [--requests N] [--seed N]
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
const requests = Number(values.requests ?? (values.minutes === undefined ? 100_000 : Infinity));
console.log(`seed ${seed}`);
const { faults, before, after, ...counts } = await soak({ seconds: 60 * Number(values.minutes ?? Infinity), requests, seed }, console.log);
for (const fault of faults.slice(0, 20)) console.log(`FAIL ${fault}`);
const mib = (bytes: number): number => Math.round(bytes / (1 << 20));
console.log(`the server: ${before.fds} descriptors and ${mib(before.resident)} MiB before, ${after.fds} and ${mib(after.resident)} MiB after`);
console.log(`${counts.requests} requests, ${counts.guests} guests, ${counts.killed} killed, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
