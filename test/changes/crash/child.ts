import { serve } from '../../overlay/layers.js';
import { registry } from '../../../index.js';
import { CutLayer, life } from './cut.js';
import { scenarios } from './scenarios.js';

// The overlay, which of the scenarios, and after how many changes this process is to die.
const [overlay, name, left] = process.argv.slice(2) as [string, string, string];
registry.addLayer(CutLayer);
const { before, steps } = scenarios[name]!;
const first = await serve(JSON.parse(overlay) as object);
await before(first.fs, first.mount);
await first.stop();
const { fs, mount, stop } = await serve(JSON.parse(overlay) as object);
life.left = Number(left);
for (const [step, run] of Object.entries(steps)) {
  await run(fs, mount);
  process.stdout.write(`${step}\n`);
}
life.left = Infinity;
await stop();
