import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';

// A part of npm run fuzz: --seconds N --seed N
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } } });
const { sent, faults } = await fuzz(Number(values.seconds), Number(values.seed));
for (const fault of faults) console.log(`FAIL ${fault}`);
console.log(`${sent} requests and messages, ${faults.length} faults`);
process.exit(faults.length === 0 && sent > 0 ? 0 : 1);
