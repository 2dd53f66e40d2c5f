import fs from 'node:fs';
import { onMounts } from './mounted.js';

/** Files of a storm; FUSEWIRE_FILES=200000 is the full scale. */
const FILES = Number(process.env['FUSEWIRE_FILES'] ?? 3000);
/** Files in one directory. */
const SHELF = 1000;
const MiB = 2 ** 20;
/** What the sanitizers keep of freed memory is not the server's. */
const measured = process.env['FUSEWIRE_NATIVE_BUILD'] === undefined;

/** Looks up, opens, unlinks while open, and makes again. */
function storm(at: string): void {
  for (let first = 0; first < FILES; first += SHELF) {
    fs.mkdirSync(`${at}/${first}`);
    const open: number[] = [];
    for (let i = first; i < Math.min(first + SHELF, FILES); i++) {
      const file = `${at}/${first}/${i}`;
      open.push(fs.openSync(file, 'w'));
      if (i % 3 === 0) fs.unlinkSync(file);
      else fs.closeSync(fs.openSync(file, 'r'));
    }
    for (const fd of open) fs.closeSync(fd);
  }
  for (const dir of fs.readdirSync(at)) for (const { name } of fs.readdirSync(`${at}/${dir}`, { withFileTypes: true })) fs.statSync(`${at}/${dir}/${name}`);
}

function clear(at: string): void {
  for (const dir of fs.readdirSync(at)) {
    for (const name of fs.readdirSync(`${at}/${dir}`)) fs.unlinkSync(`${at}/${dir}/${name}`);
    fs.rmdirSync(`${at}/${dir}`);
  }
}

onMounts('a storm of look-ups, opens and forgets leaves nothing held', async (t, serve) => {
  const mounted = await serve();
  const round = async () => {
    storm(mounted.at);
    const { nodes } = await mounted.holds();
    t.true(nodes > FILES / 2, `${nodes} nodes are known in the storm`);
    clear(mounted.at);
    return mounted.forget();
  };
  const before = await round();
  let after = before;
  for (let i = 0; i < 2; i++) after = await round();
  t.is(after.fds, before.fds);
  t.is(after.columns, before.columns);
  if (FILES > 100_000) t.is(after.columns, 64);
  if (!measured) return;
  t.true(after.memory - before.memory < MiB, `${(after.memory - before.memory) / MiB} MiB more in use`);
  t.true(after.rss - before.rss < 16 * MiB, `${(after.rss - before.rss) / MiB} MiB more resident`);
});
