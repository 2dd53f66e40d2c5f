import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { guestMissing } from '../../cli/guest/kernel.js';
import { fusewire, start } from '../cli/run.js';
import { compile } from './compile.js';
import { blocks, read, root } from './documents.js';
import { scratch } from './scratch.js';

const missing = existsSync('/dev/fuse') ? process.geteuid!() === 0 ? '' : 'root' : '/dev/fuse';

/** A test that mounts on this host. */
function onHost(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (missing) test.skip(`${title} (needs ${missing})`, run);
  else test(title, run);
}

/** Serves the one mount of a config in `directory`, its transport line swapped; `use` gets the mountpoint. */
async function served(t: ExecutionContext, directory: string, config: string, use: (at: string) => Promise<void>): Promise<void> {
  const at = path.join(directory, 'at');
  const file = path.join(directory, 'fusewire.yaml');
  await mkdir(at);
  await writeFile(file, config.replace(/^ *transport: .*$/m, '    transport: { use: fuse, mountpoint: ./at }'));
  const server = start(['serve', '-c', file]);
  try {
    await server.said(/serving/);
    await use(at);
  } finally {
    server.child.kill('SIGTERM');
    t.is((await server.ended).code, 0);
  }
}

onHost('examples/hello shows its one file', async (t) => {
  await served(t, scratch(t), read('examples/hello/fusewire.yaml'), async (at) => {
    t.deepEqual(await readdir(at), ['hello']);
    t.is(await readFile(path.join(at, 'hello'), 'utf8'), 'Hello from a class.\n');
    await t.throwsAsync(stat(path.join(at, 'other')), { code: 'ENOENT' });
  });
});

onHost('a plugin with its own copies of fusewire and tsyringe is served', async (t) => {
  const directory = scratch(t);
  const packages = path.join(directory, 'node_modules');
  cpSync(path.join(root, 'node_modules', 'tsyringe'), path.join(packages, 'tsyringe'), { recursive: true });
  for (const part of ['package.json', 'dist/index.js', 'dist/core', 'dist/native', 'dist/plugins', 'dist/stack', 'dist/transports', 'native/build/Release/fusewire.node']) {
    cpSync(path.join(root, part), path.join(packages, 'fusewire', part), { recursive: true });
  }
  await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }');
  cpSync(path.join(root, 'dist', 'examples', 'hello', 'hello.js'), path.join(directory, 'hello.js'));
  await served(t, directory, read('examples/hello/fusewire.yaml').replace('../../dist/examples/hello/', './'), async (at) => {
    t.is(await readFile(path.join(at, 'hello'), 'utf8'), 'Hello from a class.\n');
  });
});

/** A directory with the guide's first file system, compiled; and its config file. */
function guide(t: ExecutionContext): { directory: string; config: string } {
  const [notes] = blocks('docs/writing-a-file-system.md', 'ts');
  const directory = scratch(t);
  const { said, status } = compile(directory, new Map([['notes.ts', notes!]]));
  t.is(status, 0, said);
  return { directory, config: blocks('docs/writing-a-file-system.md', 'yaml')[0]! };
}

onHost('the notes of the guide are created, read, written, truncated and removed', async (t) => {
  const { directory, config } = guide(t);
  await served(t, directory, config, async (at) => {
    const file = path.join(at, 'shopping');
    await writeFile(file, 'bread\n');
    await appendFile(file, 'milk\n');
    t.is(await readFile(file, 'utf8'), 'bread\nmilk\n');
    await writeFile(file, 'tea\n');
    t.is(await readFile(file, 'utf8'), 'tea\n');
    await truncate(file, 3);
    t.is((await stat(file)).size, 3);
    await t.throwsAsync(writeFile(file, new Uint8Array(65537)), { code: 'EFBIG' });
    for (let i = 0; i < 500; i++) await writeFile(path.join(at, `note ${i}`), '');
    t.is((await readdir(at)).length, 501);
    for (const name of await readdir(at)) await rm(path.join(at, name));
    t.deepEqual(await readdir(at), []);
  });
});

const noGuest = guestMissing();
(noGuest ? test.skip : test)(`the notes of the guide are the same in a guest${noGuest ? ` (${noGuest})` : ''}`, async (t) => {
  const { directory, config } = guide(t);
  await mkdir(path.join(directory, 'mnt'));
  await writeFile(path.join(directory, 'fusewire.yaml'), config);
  const { code, stdout, stderr } = await fusewire(['guest', '--name', 'notes', '--', 'echo bread > a; echo milk >> a; cp a b; rm a; ls; cat b'], { cwd: directory });
  t.is(code, 0, stderr);
  t.is(stdout.toString(), 'b\nbread\nmilk\n');
});

onHost('examples/passthrough with its transport line swapped shows the same tree', async (t) => {
  const directory = scratch(t);
  const source = path.join(directory, 'project');
  cpSync(path.join(root, 'examples', 'passthrough', 'project'), source, { recursive: true, verbatimSymlinks: true });
  await served(t, directory, read('examples/passthrough/fusewire.yaml'), async (at) => {
    t.true((await readdir(at)).includes('latest'));
    execFileSync('diff', ['-r', '--no-dereference', source, at]);
    const listing = (directory: string) => execFileSync('find', ['.', '-printf', '%P %y %m %U %G %s %T@ %l\n'], { cwd: directory, encoding: 'utf8' }).split('\n').toSorted();
    t.deepEqual(listing(at), listing(source));
  });
});
