import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { guestMissing } from '../../cli/guest/kernel.js';
import { bin, fusewire, root, start, temporary } from './run.js';

const missing = guestMissing();
const inGuest = missing
  ? (title: string, _run: Parameters<typeof test.serial>[1]) => test.skip(`${title}: ${missing}`, (t) => t.fail())
  : test.serial;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

inGuest('a tar made in the guest is byte for byte the tar made on the host', async (t) => {
  const tar = ['tar', 'cf', '-', '--sort=name', '-C'];
  const { code, stdout, stderr } = await fusewire(['guest', '--share', path.join(root, 'core'), '--timeout', '100s', '--', ...tar, '/mnt', '.']);
  t.is(stderr, '');
  t.is(code, 0);
  t.is(sha256(stdout), sha256(execFileSync(tar[0]!, [...tar.slice(1), path.join(root, 'core'), '.'], { maxBuffer: 2 ** 30 })));
});

inGuest('every byte of both outputs comes through, apart, and the exit code with them', async (t) => {
  const share = temporary(t);
  const bytes = Buffer.from(Array.from({ length: 1 << 16 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
  writeFileSync(path.join(share, 'bytes'), bytes);
  const { code, stdout, stderr } = await fusewire(['guest', '--share', share, '--', 'cat bytes; echo to stderr >&2; echo from the guest > new; exit 7']);
  t.is(code, 7);
  t.deepEqual(stdout, bytes);
  t.is(stderr, 'to stderr\n');
  t.is(readFileSync(path.join(share, 'new'), 'utf8'), 'from the guest\n');
});

inGuest('--timeout ends the guest with 124', async (t) => {
  const { code, stderr } = await fusewire(['guest', '--share', temporary(t), '--timeout', '6s', '--', 'sleep', '600']);
  t.is(code, 124);
  t.regex(stderr, /still running after 6 s/);
});

inGuest('a socket without a server ends it with 125, before it boots', async (t) => {
  const { code, stderr } = await fusewire(['guest', '--socket', path.join(temporary(t), 'gone'), '--tag', 'x', '--', 'true']);
  t.is(code, 125);
  t.regex(stderr, /gone: there is no such socket\n$/);
});

inGuest('a command that is not found ends it with 127, as in a shell', async (t) => {
  t.is((await fusewire(['guest', '--share', temporary(t), '--', 'no-such-command'])).code, 127);
});

inGuest('a signal ends it with the code that a shell has for it, and nothing stays behind', async (t) => {
  for (const [signal, expected] of [['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    const directory = temporary(t);
    const guest = start(['guest', '--share', temporary(t), '--', 'echo up >&2; sleep 600'], { env: { ...process.env, TMPDIR: directory } });
    await guest.said(/up/);
    guest.child.kill(signal);
    t.is((await guest.ended).code, expected);
    t.deepEqual(readdirSync(directory), []);
  }
});

inGuest('a reader that goes away ends the guest, without a word', async (t) => {
  const child = spawn('/bin/sh', ['-c', `"$0" guest --share "$1" -- yes | head -c 4; echo`, bin, temporary(t)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  t.is(stdout, 'y\ny\n\n');
  t.notRegex(stderr, /^\s+at /m);
});

test('a host without User Mode Linux is told so, with 125', async (t) => {
  const directory = temporary(t);
  for (const program of ['dirname', 'readlink', 'sh']) symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${program}`]).toString().trim(), path.join(directory, program));
  const share = path.join(directory, 'share');
  mkdirSync(share);
  const { code, stderr } = await fusewire(['guest', '--share', share, '--', 'true'], { env: { PATH: directory } });
  t.is(code, 125);
  t.regex(stderr, /User Mode Linux is not installed: apt-get install user-mode-linux/);
});
