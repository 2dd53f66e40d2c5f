import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { guestMissing } from '../../cli/guest/kernel.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { fusewire, temporary } from '../cli/run.js';
import { Guest, root } from './guest.js';

const SUBMOUNT = 1;
const fdsOpen = (): number => readdirSync('/proc/self/fd').length;

function onHost(title: string, run: (t: ExecutionContext, source: string) => Promise<void>, missing = root ? undefined : 'needs root, who may mount'): void {
  if (missing) return void test.skip(`${title}: ${missing}`, (t) => t.fail());
  test.serial(title, async (t) => {
    const source = temporary(t);
    mkdirSync(path.join(source, 'sub'));
    mkdirSync(path.join(source, 'dir'));
    execFileSync('mount', ['-t', 'tmpfs', 'fusewire-test', path.join(source, 'sub')]);
    try {
      writeFileSync(path.join(source, 'sub', 'file'), 'inside');
      mkdirSync(path.join(source, 'sub', 'dir'));
      await run(t, source);
    } finally {
      execFileSync('umount', ['-q', '-l', path.join(source, 'sub')], { stdio: 'ignore' });
    }
  });
}

onHost('a directory where another file system is mounted is announced, by LOOKUP and READDIRPLUS', (t, source) =>
  Guest.visit(t, { source }, async (guest) => {
    const sub = await guest.lookup(1, 'sub');
    t.is(sub.flags, SUBMOUNT);
    t.is(sub.ino, statSync(path.join(source, 'sub')).ino);
    t.is((await guest.lookup(1, 'dir')).flags, 0);
    t.is((await guest.lookup(sub.node, 'file')).flags, 0);
    t.is((await guest.lookup(sub.node, 'dir')).flags, 0);
    const listed = (await guest.listAll(1, 4096, true)).map(({ name, entry }) => [name, entry!.flags]);
    t.deepEqual(listed.toSorted(), [['.', 0], ['..', 0], ['dir', 0], ['sub', SUBMOUNT]]);
    t.is(await guest.error(Opcode.SYNCFS, sub.node, new Uint8Array(8)), 0);
  }));

onHost('a mount whose nodes are all forgotten can be unmounted, and what is mounted next is another one', (t, source) =>
  Guest.visit(t, { source }, async (guest) => {
    const before = fdsOpen();
    for (let i = 0; i < 3; i++) {
      const sub = await guest.lookup(1, 'sub');
      const file = await guest.lookup(sub.node, 'file');
      t.is((await guest.getattr(file.node)).size, 6);
      await guest.forget(file.node);
      await guest.forget(sub.node);
      t.is(fdsOpen(), before);
      execFileSync('umount', [path.join(source, 'sub')]);
      t.is((await guest.lookup(1, 'sub')).flags, 0);
      execFileSync('mount', ['-t', 'tmpfs', 'fusewire-test', path.join(source, 'sub')]);
      writeFileSync(path.join(source, 'sub', 'file'), 'inside');
    }
  }));

onHost('a guest sees a submount with a device of its own and the host\'s inode numbers', async (t, source) => {
  const script = 'stat -c "%d %i" . dir sub/. sub/file; df --output=target sub dir | tail -n +2; cat sub/file; find . -xdev | sort | tr "\\n" " "; sync -f sub';
  const { code, stdout, stderr } = await fusewire(['guest', '--share', source, '--', script]);
  t.deepEqual([code, stderr], [0, '']);
  const lines = stdout.toString().split('\n');
  const [home, dir, sub, file] = lines.map((line) => line.split(' '));
  t.is(dir![0], home![0]);
  t.not(sub![0], home![0]);
  t.is(file![0], sub![0]);
  const inodes = ['.', 'dir', 'sub', 'sub/file'].map((name) => String(statSync(path.join(source, name)).ino));
  t.deepEqual([home![1], dir![1], sub![1], file![1]], inodes);
  t.deepEqual(lines.slice(4), ['/mnt/sub', '/mnt', 'inside. ./dir ./sub ']);
}, root ? guestMissing() : 'needs root, who may mount');
