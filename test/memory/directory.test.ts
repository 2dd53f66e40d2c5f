import test from 'ava';
import fc from 'fast-check';
import { Directory, DOT_DOT } from '../../plugins/memory/directory-index.js';
import { Inode } from '../../plugins/memory/inode.js';
import { O, type Posix } from '../conformance/posix.js';
import { visit } from './kernel.js';

const inode = new Inode(1);

/** The names listed from `cookie` on, `count` at most, and where to go on. */
function list(directory: Directory, cookie: number, count: number): { names: string[]; cookie: number } {
  const names: string[] = [];
  for (let i = directory.after(cookie); names.length < count; i++) {
    const entry = directory.at(i);
    if (!entry) break;
    cookie = entry.cookie;
    if (!entry.dead) names.push(entry.name);
  }
  return { names, cookie };
}

test('of a million entries, those that stay are listed once each while the others go', (t) => {
  const directory = new Directory(inode, inode);
  const count = 1_000_000;
  for (let i = 0; i < count; i++) directory.add(`file-${i}`, inode);
  const seen = new Uint8Array(count);
  let next = 0;
  for (let at = list(directory, DOT_DOT, 1000); at.names.length > 0; at = list(directory, at.cookie, 1000)) {
    for (const name of at.names) seen[Number(name.slice(5))]!++;
    // 1,500 further odd ones go, before and behind the place of the listing.
    for (let i = 0; i < 1500 && next < count / 2; i++) directory.remove(directory.get(`file-${((next++ * 7919) % (count / 2)) * 2 + 1}`)!);
  }
  t.is(directory.count, count - next);
  for (let i = 0; i < count; i += 2) if (seen[i] !== 1) t.fail(`file-${i} was listed ${seen[i]} times`);
  t.true(seen.every((times) => times <= 1));
});

test('whatever is added, removed and renamed meanwhile, what stays is listed once and names are found', (t) => {
  const change = fc.record({ kind: fc.constantFrom('add', 'remove', 'rename', 'list'), name: fc.nat(200), other: fc.nat(200) });
  fc.assert(fc.property(fc.array(change, { maxLength: 400, size: 'max' }), (changes) => {
    const directory = new Directory(inode, inode);
    const present = new Set<string>();
    const stable = ['stay-1', 'stay-2', 'stay-3'];
    const listed: string[] = [];
    let cookie = DOT_DOT;
    for (const name of stable) directory.add(name, inode);
    for (const { kind, name, other } of changes) {
      const [from, to] = [`n${name}`, `n${other}`];
      if (kind === 'add' && !present.has(from)) directory.add(from, inode);
      if (kind === 'remove' && present.has(from)) directory.remove(directory.get(from)!);
      if (kind === 'rename' && present.has(from) && !present.has(to)) directory.rename(directory.get(from)!, to);
      if (kind === 'list') {
        const batch = list(directory, cookie, 3);
        listed.push(...batch.names);
        ({ cookie } = batch);
      }
      if (kind === 'add') present.add(from);
      if ((kind === 'remove' || kind === 'rename') && present.has(from) && (kind === 'remove' || !present.has(to))) {
        present.delete(from);
        if (kind === 'rename') present.add(to);
      }
    }
    listed.push(...list(directory, cookie, 1000).names);
    t.deepEqual(list(directory, DOT_DOT, 1000).names.toSorted(), [...stable, ...present].toSorted());
    for (const name of stable) t.is(listed.filter((each) => each === name).length, 1);
    for (let i = 0; i <= 200; i++) t.is(directory.get(`n${i}`) !== undefined, present.has(`n${i}`));
  }));
});

async function fill(fs: Posix, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await fs.close(await fs.open(`f${i}`, O.O_CREAT | O.O_WRONLY));
}

test('a listing ends although each entry listed is renamed and followed by a new one', (t) =>
  visit({}, async (fs) => {
    await fill(fs, 300);
    const fd = await fs.open('.', O.O_RDONLY | O.O_DIRECTORY);
    let renamed = 0;
    for (let batch = await fs.getdents(fd, 4096); batch.length > 0; batch = await fs.getdents(fd, 4096)) {
      for (const { name } of batch.filter((entry) => entry.name.startsWith('f'))) {
        await fs.rename(name, `r${renamed}`);
        await fs.close(await fs.open(`f-new-${renamed++}`, O.O_CREAT | O.O_WRONLY));
      }
    }
    t.is(renamed, 300);
    await fs.lseek(fd, 0, 0);
    let listed = 0;
    for (let batch = await fs.getdents(fd); batch.length > 0; batch = await fs.getdents(fd)) listed += batch.length;
    t.is(listed, 602, 'rewound, it shows what is there now');
  }));

test('a file replaced by rename is listed once, wherever the listing stands', (t) =>
  visit({}, async (fs) => {
    for (const name of ['config', ...Array.from({ length: 300 }, (_, i) => `f${i}`)]) await fs.close(await fs.open(name, O.O_CREAT | O.O_WRONLY));
    const fd = await fs.open('.', O.O_RDONLY | O.O_DIRECTORY);
    let listed = 0;
    for (let batch = await fs.getdents(fd, 2048); batch.length > 0; batch = await fs.getdents(fd, 2048)) {
      listed += batch.filter((entry) => entry.name === 'config').length;
      await fs.close(await fs.open('config.new', O.O_CREAT | O.O_WRONLY));
      await fs.rename('config.new', 'config');
    }
    t.is(listed, 1);
  }));
