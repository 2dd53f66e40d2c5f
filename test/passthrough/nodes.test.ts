import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { text, words } from '../session/client.js';
import { Guest, root } from './guest.js';

const { ENOENT, EINVAL, ENOTDIR, ENXIO, ESTALE, EEXIST, EROFS } = os.constants.errno;
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
const fdsOpen = (): number => fs.readdirSync('/proc/self/fd').length;

/** With file handles (root only) and without, on the default file system and on tmpfs. */
function shared(title: string, run: (t: ExecutionContext, guest: Guest) => Promise<void>, options: object = {}): void {
  for (const place of [os.tmpdir(), '/dev/shm']) {
    for (const fileHandles of [true, false]) {
      test.serial(`${title} (${place}, ${fileHandles ? 'file handles' : 'paths'})`, (t) =>
        Guest.visit(t, { fileHandles, ...options }, (guest) => run(t, guest), {}, place));
    }
  }
}

const asRoot: typeof shared = root ? shared : (title) => test.skip(`${title} (needs root)`, () => {});

shared('names that lead elsewhere are refused', async (t, guest) => {
  for (const name of ['..', '.', 'a/b', '../etc', '/etc', '']) t.is((await guest.lookup(1, name)).node, -EINVAL, name);
  for (const name of ['..', 'a/b']) t.is((await guest.mkdir(1, name)).node, -EINVAL, name);
});

shared('a symlink is a node of its own, and nothing is found behind it', async (t, guest) => {
  fs.symlinkSync('/etc', `${guest.dir}/out`);
  const { node, mode } = await guest.lookup(1, 'out');
  t.is(mode & fs.constants.S_IFMT, fs.constants.S_IFLNK);
  t.is((await guest.lookup(node, 'passwd')).node, -ENOTDIR);
  t.is(await guest.open(node, O_RDONLY), -ENXIO);
  t.is(await guest.open(node, O_RDONLY, Opcode.OPENDIR), -ENOTDIR);
});

shared('a directory that the host swaps for a symlink does not lead out', async (t, guest) => {
  fs.mkdirSync(`${guest.dir}/d`);
  fs.writeFileSync(`${guest.dir}/d/inside`, '');
  const d = await guest.lookup(1, 'd');
  fs.renameSync(`${guest.dir}/d`, `${guest.dir}/moved`);
  fs.symlinkSync('/etc', `${guest.dir}/d`);
  t.is((await guest.lookup(d.node, 'passwd')).node < 0, true);
  const answers = [(await guest.lookup(d.node, 'hostname')).node, (await guest.mkdir(d.node, 'made')).node];
  for (const found of answers) t.true(found < 0 || fs.existsSync(`${guest.dir}/moved/made`));
  t.false(fs.existsSync('/etc/made'));
});

shared('FIFOs and devices of the host are shown but never opened', async (t, guest) => {
  execFileSync('mkfifo', [`${guest.dir}/fifo`]);
  const fifo = await guest.lookup(1, 'fifo');
  t.is(fifo.mode & fs.constants.S_IFMT, fs.constants.S_IFIFO);
  t.is(await guest.open(fifo.node, O_RDWR), -ENXIO);
  t.is((await guest.create(1, 'fifo', O_RDWR | O_CREAT)).entry.node, -ENXIO);
  t.is((await guest.create(1, 'fifo', O_RDWR | O_CREAT | O_EXCL)).entry.node, -EEXIST);
});

shared('a file that the host replaced is a new node, and the old node is never the new file', async (t, guest) => {
  fs.writeFileSync(`${guest.dir}/f`, 'old');
  const old = await guest.lookup(1, 'f');
  t.is((await guest.lookup(1, 'f')).node, old.node);
  for (let i = 0; i < 20; i++) {
    fs.rmSync(`${guest.dir}/f`);
    fs.writeFileSync(`${guest.dir}/f`, 'brand new');
  }
  const fresh = await guest.lookup(1, 'f');
  t.not(fresh.node, old.node);
  t.is((await guest.getattr(old.node)).node, -ESTALE);
  t.is(await guest.open(old.node, O_RDONLY), -ESTALE);
  t.is((await guest.getattr(fresh.node)).size, 9);
});

shared('hard links are one node, and a rename keeps it', async (t, guest) => {
  fs.writeFileSync(`${guest.dir}/a`, '');
  fs.mkdirSync(`${guest.dir}/d`);
  const a = await guest.lookup(1, 'a');
  const d = await guest.lookup(1, 'd');
  const link = new Uint8Array(8);
  new DataView(link.buffer).setBigUint64(0, BigInt(a.node), true);
  t.is(await guest.error(Opcode.LINK, d.node, Buffer.concat([link, text('b')])), 0);
  t.is((await guest.lookup(d.node, 'b')).node, a.node);
  t.is((await guest.getattr(a.node)).nlink, 2);
  const rename = new Uint8Array(8);
  new DataView(rename.buffer).setBigUint64(0, BigInt(d.node), true);
  t.is(await guest.error(Opcode.RENAME, 1, Buffer.concat([rename, text('a'), text('c')])), 0);
  t.is((await guest.lookup(d.node, 'c')).node, a.node);
  t.is(await guest.error(Opcode.UNLINK, d.node, text('b')), 0);
  t.is((await guest.getattr(a.node)).nlink, 1);
});

shared('what has lost its last name stays usable while the guest holds it', async (t, guest) => {
  const { entry, handle } = await guest.create(1, 'f', O_RDWR | O_CREAT);
  t.is(await guest.write(entry.node, handle, 0, 'hello'), 5);
  t.is(await guest.error(Opcode.UNLINK, 1, text('f')), 0);
  t.is((await guest.lookup(1, 'f')).node, -ENOENT);
  t.like(await guest.getattr(entry.node), { size: 5, nlink: 0 });
  t.is(await guest.read(entry.node, handle, 1, 100), 'ello');
  const again = (await guest.open(entry.node, O_RDONLY)) as Uint8Array;
  t.is(await guest.read(entry.node, again, 0, 100), 'hello');
  await guest.release(entry.node, again);
  await guest.release(entry.node, handle);
  const d = await guest.mkdir(1, 'd');
  t.is(await guest.error(Opcode.RMDIR, 1, text('d')), 0);
  t.is((await guest.getattr(d.node)).nlink, 0);
});

shared('more open files than the pool holds lose their names and stay usable', async (t, guest) => {
  const open = [];
  for (let i = 0; i < 200; i++) open.push(await guest.create(1, `f${i}`, O_RDWR | O_CREAT));
  for (let i = 0; i < 200; i++) await guest.error(Opcode.UNLINK, 1, text(`f${i}`));
  for (const { entry } of open) t.like(await guest.getattr(entry.node), { node: entry.node, nlink: 0 });
  for (const { entry, handle } of open) t.is(await guest.release(entry.node, handle), 0);
}, { fds: 64 });

shared('what the host renames in its directory is found again', async (t, guest) => {
  fs.mkdirSync(`${guest.dir}/d`);
  fs.writeFileSync(`${guest.dir}/d/f`, 'text');
  const d = await guest.lookup(1, 'd');
  const f = await guest.lookup(d.node, 'f');
  fs.writeFileSync(`${guest.dir}/d/other`, '');
  fs.renameSync(`${guest.dir}/d/f`, `${guest.dir}/d/g`);
  fs.renameSync(`${guest.dir}/d`, `${guest.dir}/e`);
  t.is((await guest.getattr(f.node)).size, 4);
  const handle = (await guest.open(f.node, O_RDONLY)) as Uint8Array;
  t.is(await guest.read(f.node, handle, 0, 10), 'text');
  t.is(await guest.release(f.node, handle), 0);
  fs.rmSync(`${guest.dir}/e/g`);
  fs.writeFileSync(`${guest.dir}/e/g`, 'another');
  t.is((await guest.lookup(d.node, 'g')).size, 7);
});

shared('any number of nodes holds a bounded number of fds', async (t, guest) => {
  const before = fdsOpen();
  const parents = [1];
  for (let i = 0; i < 300; i++) {
    const parent = parents[i >> 1]!;
    parents.push((await guest.mkdir(parent, `d${i}`)).node);
    await guest.create(parent, `f${i}`, O_RDWR | O_CREAT).then(({ entry, handle }) => guest.release(entry.node, handle));
  }
  for (const node of parents) t.is((await guest.getattr(node)).node, node);
  t.true(fdsOpen() - before <= 64, `${fdsOpen() - before} fds`);
  t.is(guest.nodes.live, 600);
}, { fds: 64 });

shared('forgotten nodes leave nothing behind', async (t, guest) => {
  const before = fdsOpen();
  const held: number[] = [];
  for (let i = 0; i < 100; i++) held.push((await guest.mkdir(1, `d${i}`)).node);
  for (const node of held) await guest.getattr(node);
  for (let i = 0; i < 100; i += 2) await guest.error(Opcode.RMDIR, 1, text(`d${i}`));
  for (const node of held) await guest.forget(node);
  t.is(guest.nodes.live, 0);
  t.is(fdsOpen(), before);
  t.is((await guest.getattr(held[1]!)).node, -ESTALE);
  t.true((await guest.lookup(1, 'd1')).node > 0);
});

shared('a share for reading takes no changes', async (t, guest) => {
  fs.writeFileSync(`${guest.dir}/f`, 'x');
  const { node } = await guest.lookup(1, 'f');
  t.is(await guest.open(node, O_RDWR), -EROFS);
  t.is(await guest.open(node, O_RDONLY | fs.constants.O_TRUNC), -EROFS);
  t.is((await guest.mkdir(1, 'd')).node, -EROFS);
  t.is(await guest.error(Opcode.UNLINK, 1, text('f')), -EROFS);
  t.true((await guest.open(node, O_RDONLY)) instanceof Uint8Array);
}, { readonly: true });

shared('what is created belongs to the caller', async (t, guest) => {
  fs.chmodSync(guest.dir, 0o777);
  [guest.uid, guest.gid] = [1234, 5678];
  await guest.mkdir(1, 'd', 0o777, 0o027);
  await guest.create(1, 'f', O_RDWR | O_CREAT, 0o666, 0o077);
  await guest.error(Opcode.SYMLINK, 1, Buffer.concat([text('l'), text('f')]));
  for (const [name, mode] of [['d', 0o750], ['f', 0o600], ['l', 0o777]] as const) {
    const stat = fs.lstatSync(`${guest.dir}/${name}`);
    t.deepEqual([stat.uid, stat.gid, stat.mode & 0o777], root ? [1234, 5678, mode] : [process.getuid!(), process.getgid!(), mode], name);
  }
});

asRoot('a new file keeps its set-group-id bit where the caller is in the directory\'s group', async (t, guest) => {
  fs.chownSync(guest.dir, 0, 4321);
  fs.chmodSync(guest.dir, 0o2777);
  [guest.uid, guest.gid] = [1234, 5678];
  await guest.create(1, 'stranger', O_RDWR | O_CREAT, 0o2775, 0);
  guest.extension = words(24, { 0: 24, 4: 32, 8: 1, 12: 4321 });
  await guest.create(1, 'member', O_RDWR | O_CREAT, 0o2775, 0);
  for (const [name, mode] of [['stranger', 0o775], ['member', 0o2775]] as const) {
    const stat = fs.statSync(`${guest.dir}/${name}`);
    t.deepEqual([stat.uid, stat.gid, (stat.mode & 0o7777).toString(8)], [1234, 4321, mode.toString(8)], name);
  }
});
