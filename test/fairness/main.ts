import { parseArgs } from 'node:util';
import { fairness, type Part } from './fairness.js';

// npm run fairness -- [--seconds N] [--rounds N]: what a guest that reads keeps of its speed beside another one. It takes a
// machine with nothing else to do: the server and two guests are three processes.
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' } } });
const parts: readonly [Part, string, number][] = [
  ['garbage', 'queues broken', 0.9],
  ['reads', 'READs of 128 KiB, 64 at a time', 0.5],
  ['attributes', 'GETATTRs, 256 at a time', 0.5],
  ['statfs', 'STATFSs, 256 at a time', 0.5],
];
let short = 0;
for (const [part, what, least] of parts) {
  const { alone, beside, other, busy } = await fairness(part, Number(values.seconds), Number(values.rounds));
  const share = beside / alone;
  const mib = (reads: number): string => `${Math.round(reads / 8)} MiB/s`;
  console.log(`${share >= least ? 'ok' : 'SHORT'} reader: ${mib(alone)} alone, ${mib(beside)} (${Math.round(share * 100)} %, at least ${least * 100} %) beside ${Math.round(other)} ${what} a second; server ${busy.map((one) => `${Math.round(one * 100)} %`).join(', ')} busy`);
  if (share < least) short++;
}
process.exit(short === 0 ? 0 : 1);
