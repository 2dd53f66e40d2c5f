import fs from 'node:fs';
import { onMounts } from './mounted.js';

/** Files of the tree and how many of them are held open; FUSEWIRE_FILES=200000 and FUSEWIRE_HELD=15000 are the full scale. */
const FILES = Number(process.env['FUSEWIRE_FILES'] ?? 3000);
const HELD = Number(process.env['FUSEWIRE_HELD'] ?? 1000);
const SHELF = 1000;

const file = (at: string, i: number): string => `${at}/${Math.floor(i / SHELF)}/${i}`;

/** Names in the tree, each one's attributes asked for. */
function walk(at: string): number {
  const dirs = fs.readdirSync(at);
  let found = 0;
  for (const dir of dirs) for (const name of fs.readdirSync(`${at}/${dir}`)) if (fs.statSync(`${at}/${dir}/${name}`).isFile()) found++;
  return found;
}

// The pool of fds has half of what may be open, and the files that are held do not fit into the other half.
onMounts('a tree is walked while many of its files are held open, under a limit that they nearly fill', async (t, serve) => {
  const { at } = await serve(`256:${Math.ceil(HELD * 1.3) + 100}`);
  for (let i = 0; i < FILES; i += SHELF) fs.mkdirSync(`${at}/${i / SHELF}`);
  for (let i = 0; i < FILES; i++) fs.writeFileSync(file(at, i), '');
  t.is(walk(at), FILES);
  const fds = Array.from({ length: HELD }, (_, i) => (i % 2 === 0 ? fs.openSync(file(at, i), 'r+') : fs.openSync(`${file(at, i)}-new`, 'w+')));
  fds.forEach((fd, i) => fs.writeSync(fd, `content of ${i}`));
  t.is(walk(at), FILES + Math.floor(HELD / 2));
  for (let i = 0; i < HELD; i += 4) fs.unlinkSync(file(at, i));
  const buffer = Buffer.alloc(100);
  const wrong = fds.filter((fd, i) => buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, 100, 0)) !== `content of ${i}`);
  t.deepEqual(wrong, []);
  t.true(fds.every((fd, i) => fs.fstatSync(fd).nlink === (i % 4 === 0 ? 0 : 1)));
  for (const fd of fds) fs.closeSync(fd);
}, ['ext4', 'tmpfs']);
