import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Opcode } from '../../index.js';
import { AccessIn } from '../../core/protocol/structs.js';
import { struct } from '../conformance/loopback/connection.js';
import { O } from '../conformance/posix.js';
import { onHost, stack } from './stack.js';

const READONLY = [{ use: 'readonly' }];

test('what changes something is refused, what reads is not', async (t) => {
  const { source, serve } = stack(t, 'passthrough');
  mkdirSync(path.join(source, 'd'));
  writeFileSync(path.join(source, 'd', 'f'), 'content');
  symlinkSync('f', path.join(source, 'd', 'l'));
  const { fs, scene, connection } = await serve(READONLY);
  const access = (mask: number) => connection.request(Opcode.ACCESS, 1n, struct(AccessIn.size_, { [AccessIn.mask]: mask }));
  t.is(await scene.content('d/f'), 'content');
  t.deepEqual(await scene.names('d'), ['f', 'l']);
  t.is(await fs.readlink('d/l'), 'f');
  const refused: Record<string, () => Promise<unknown>> = {
    create: () => fs.open('new', O.O_CREAT | O.O_WRONLY),
    write: () => fs.open('d/f', O.O_WRONLY),
    'read and write': () => fs.open('d/f', O.O_RDWR),
    'truncate by open': () => fs.open('d/f', O.O_RDONLY | O.O_TRUNC),
    truncate: () => fs.truncate('d/f', 0),
    mkdir: () => fs.mkdir('d/n'),
    mknod: () => fs.mknod('d/n', O.S_IFIFO | 0o644),
    symlink: () => fs.symlink('x', 'd/n'),
    link: () => fs.link('d/f', 'd/n'),
    unlink: () => fs.unlink('d/f'),
    rmdir: () => fs.rmdir('d'),
    rename: () => fs.rename('d/f', 'd/n'),
    chmod: () => fs.chmod('d/f', 0o600),
    chown: () => fs.chown('d/f', 1, 1),
    utimens: () => fs.utimens('d/f', 1n, 1n),
    setxattr: () => fs.setxattr('d/f', 'user.x', 'y'),
    removexattr: () => fs.removexattr('d/f', 'user.x'),
    tmpfile: () => fs.open('d', O.O_TMPFILE | O.O_RDWR),
    'write access': () => access(2),
  };
  for (const [what, call] of Object.entries(refused)) await t.throwsAsync(call, { code: 'EROFS' }, what);
  await access(4);
  t.is(readFileSync(path.join(source, 'd', 'f'), 'utf8'), 'content');
});

test('a writable file system behind it says EROFS too, and is empty', async (t) => {
  const { fs, scene } = await stack(t, 'memory').serve(READONLY);
  await t.throwsAsync(fs.mkdir('d'), { code: 'EROFS' });
  t.deepEqual(await scene.names(), []);
});

onHost('on this host: nothing changes, access times neither', READONLY, async (t, at, source) => {
  const file = path.join(source, 'file');
  const directory = path.join(source, 'directory');
  mkdirSync(directory);
  writeFileSync(file, 'content');
  for (const one of [file, directory]) utimesSync(one, 1000, 2000);
  t.is(execFileSync('cat', ['file'], { cwd: at, encoding: 'utf8' }), 'content');
  t.deepEqual(execFileSync('ls', ['directory'], { cwd: at, encoding: 'utf8' }), '');
  for (const one of [file, directory]) t.is(statSync(one).atimeMs, 1_000_000, one);
  for (const command of ['echo x > file', 'echo x >> file', 'touch file', 'rm file', 'mkdir x', 'mv file x', 'ln file x', 'chmod 600 file']) {
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: at, encoding: 'utf8' });
    t.not(status, 0, command);
    t.regex(stderr, /Read-only file system/, command);
  }
  execFileSync('flock', ['-x', '-n', 'file', 'true'], { cwd: at });
  t.is(readFileSync(file, 'utf8'), 'content');
});
