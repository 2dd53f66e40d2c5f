import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Change } from '../../core/filesystem/change-set.js';
import { fusewire, start, temporary } from '../cli/run.js';
import { same } from '../overlay/same.js';
import { treeOf } from '../overlay/tree.js';
import { guest } from '../server/kernels.js';
import { serve } from '../overlay/layers.js';

const needsRoot = process.geteuid!() === 0 ? test : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);

/** A base directory, a place for changes, and a config that lays one over the other. */
function project(t: ExecutionContext, extra: object = {}, upper: object = { use: 'passthrough', source: 'changes' }) {
  const directory = temporary(t);
  for (const name of ['base', 'base/d', 'changes']) mkdirSync(path.join(directory, name));
  for (const [name, content] of [['a', 'as it was\n'], ['d/x', 'x'], ['d/y', 'yy']]) writeFileSync(path.join(directory, 'base', name!), content!);
  const transport = { use: 'virtiofs', socket: 'box.sock', tag: 'box' };
  const config = { ...extra, mounts: [{ name: 'box', transport, filesystem: { use: 'overlay', upper, lower: [{ use: 'passthrough', source: 'base' }] } }] };
  writeFileSync(path.join(directory, 'fusewire.json'), JSON.stringify(config));
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await fusewire(args, { cwd: directory });
    return { code, stdout: stdout.toString(), stderr };
  };
  return { directory, run };
}

/** Has a guest change things. */
async function changed(t: ExecutionContext, directory: string): Promise<void> {
  const driver = await guest(t, path.join(directory, 'box.sock'));
  await driver.writeFile('/a', 'as it is now\n');
  await driver.unlink('/d/x');
  await driver.mkdir('/new');
  await driver.writeFile('/new/file', 'made by a guest');
  await driver.unmount();
  await driver.close();
}

const EXPECTED = [
  { change: 'changed', path: '/a', type: 'file', size: 13, before: 10 },
  { change: 'deleted', path: '/d/x', type: 'file', before: 1 },
  { change: 'added', path: '/new', type: 'directory' },
  { change: 'added', path: '/new/file', type: 'file', size: 15 },
];

async function served(t: ExecutionContext, directory: string): Promise<() => Promise<void>> {
  const server = start(['serve'], { cwd: directory });
  await server.said(/serving/);
  t.teardown(() => server.child.kill('SIGKILL'));
  return async () => {
    server.child.kill('SIGTERM');
    t.is((await server.ended).code, 0);
  };
}

needsRoot(title('without a server: diff, export, import, commit and discard of what a config names'), async (t) => {
  const { directory, run } = project(t);
  const stop = await served(t, directory);
  await changed(t, directory);
  const busy = await run('diff');
  t.is(busy.code, 2);
  t.regex(busy.stderr, /^fusewire: \S+changes\/upper is the upper directory of an overlay that is being served\n {2}ask the server/);
  await stop();

  t.deepEqual(JSON.parse((await run('diff', '--json')).stdout), EXPECTED);
  t.is((await run('diff')).stdout, [
    'CHANGE   TYPE       BEFORE  SIZE  PATH',
    'changed  file       10      13    /a',
    'deleted  file       1             /d/x',
    'added    directory                /new',
    'added    file               15    /new/file', '', '1 changed, 1 deleted, 2 added', '',
  ].join('\n'));

  t.regex((await run('export', 'layer.tar')).stdout, /^5 entries written to layer.tar\n$/);
  t.deepEqual(execFileSync('tar', ['-tf', path.join(directory, 'layer.tar')], { encoding: 'utf8' }).trim().split('\n'), ['a', 'd/', 'd/.wh.x', 'new/', 'new/file']);
  await unpackedAlike(t, path.join(directory, 'layer.tar'), directory);

  t.is((await run('commit', '--to', 'nowhere')).code, 2);
  t.regex((await run('commit')).stdout, /^3 written, 1 deleted\n$/);
  t.is(readFileSync(path.join(directory, 'base', 'a'), 'utf8'), 'as it is now\n');
  t.deepEqual(readdirSync(path.join(directory, 'base', 'd')), ['y']);
  t.is((await run('diff')).stdout, 'no changes\n');

  writeFileSync(path.join(directory, 'base', 'd', 'x'), 'again');
  t.regex((await run('import', 'layer.tar')).stdout, /^4 written, 1 deleted\n$/);
  t.deepEqual((JSON.parse((await run('diff', '--json')).stdout) as Change[]).map(({ change, path: at }) => `${change} ${at}`), ['deleted /d/x']);
  t.is((await run('discard')).code, 0);
  t.is((await run('diff', '--upper', 'changes', '--lower', 'base')).stdout, 'no changes\n');
  t.is(readFileSync(path.join(directory, 'base', 'd', 'x'), 'utf8'), 'again');
});

/** GNU tar and Python's own reader make the same tree of an archive. */
async function unpackedAlike(t: ExecutionContext, file: string, directory: string): Promise<void> {
  const [one, other] = ['by-tar', 'by-python'].map((name) => path.join(directory, name));
  for (const made of [one!, other!]) mkdirSync(made);
  execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xpf', file, '-C', one!]);
  execFileSync('python3', ['-c', 'import sys, tarfile\nwith tarfile.open(sys.argv[1]) as archive: archive.extractall(sys.argv[2])', file, other!]);
  const trees = await Promise.all([one!, other!].map(async (source) => {
    const { fs, stop } = await serve({ use: 'passthrough', source });
    const tree = await treeOf(fs);
    await stop();
    return tree;
  }));
  delete trees[0]!['.'];
  delete trees[1]!['.'];
  same(trees[0]!, trees[1]!, 'the trees');
  t.true('new/file' in trees[0]!);
}

needsRoot(title('through the admin socket, while a guest goes on'), async (t) => {
  const { directory, run } = project(t, { admin: 'admin.sock' }, { use: 'memory', mode: '755' });
  const stop = await served(t, directory);
  const admin = ['--admin', 'admin.sock'];
  await changed(t, directory);
  const stays = await guest(t, path.join(directory, 'box.sock'));
  t.deepEqual(JSON.parse((await run('diff', ...admin, '--json')).stdout), EXPECTED);
  t.regex((await run('diff')).stderr, /^fusewire: the changes of "box" live in the memory of its server\n {2}ask the server/);
  t.is((await run('export', 'layer.tgz', ...admin)).code, 0);
  t.is((await run('commit', ...admin)).code, 0);
  t.is(readFileSync(path.join(directory, 'base', 'new', 'file'), 'utf8'), 'made by a guest');
  t.is(Buffer.from(await stays.readFile('/new/file')).toString(), 'made by a guest');
  await stays.writeFile('/new/before', 'a snapshot');
  t.is((await run('snapshot', ...admin)).stdout, 'snapshot 1\n');
  t.is((await run('ctl', 'diff', '--name', 'box')).stdout, 'no changes\n');
  t.regex((await run('commit', ...admin)).stderr, /^fusewire: the overlay has 1 snapshot/);
  await stays.writeFile('/new/file', 'once more');
  t.is((await run('discard', ...admin)).code, 0);
  t.is(Buffer.from(await stays.readFile('/new/file')).toString(), 'made by a guest');
  t.is(Buffer.from(await stays.readFile('/new/before')).toString(), 'a snapshot');
  rmSync(path.join(directory, 'base', 'new'), { recursive: true });
  t.is((await run('import', 'layer.tgz', ...admin)).code, 0);
  t.is(Buffer.from(await stays.readFile('/new/file')).toString(), 'made by a guest');
  t.false(existsSync(path.join(directory, 'base', 'new')));
  await stop();
});

test('what is wrong is told in one message', async (t) => {
  const { directory, run } = project(t);
  const wrong = async (pattern: RegExp, ...args: string[]) => {
    const { code, stderr } = await run(...args);
    t.is(code, 2, stderr);
    t.regex(stderr, pattern);
    t.notRegex(stderr, /\n {4}at /);
  };
  await wrong(/^fusewire: --upper and --lower go together/, 'diff', '--upper', 'changes');
  await wrong(/^fusewire: --admin asks a server/, 'diff', '--admin', 'x.sock', '--upper', 'changes');
  await wrong(/^fusewire: --upper: .*nowhere/, 'diff', '--upper', 'nowhere', '--lower', 'base');
  await wrong(/^fusewire: \S*fusewire.json has no mount "bx"\n {2}did you mean "box"/, 'diff', '--name', 'bx');
  await wrong(/^fusewire: no server answers at \S+x.sock/, 'diff', '--admin', 'x.sock');
  if (process.geteuid!() !== 0) return;
  await wrong(/^fusewire: \S+nowhere: ENOENT/, 'import', 'nowhere');
  writeFileSync(path.join(directory, 'no.tar'), 'no archive'.repeat(100));
  await wrong(/^fusewire: \S+no.tar cannot be imported: it is no tar archive, or damaged/, 'import', 'no.tar');
  await wrong(/^fusewire: \S+base is not empty/, 'export', 'base', '--format', 'overlayfs');
  await wrong(/^fusewire: \S+no\/where: ENOENT/, 'export', 'no/where');
  chmodSync(path.join(directory, 'base'), 0o755);
});
