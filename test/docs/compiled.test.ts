import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { checkConfig, loadConfig, registry, transportsOf } from '../../index.js';
import { fusewire } from '../cli/run.js';
import { compile } from './compile.js';
import { blocks, documents, read } from './documents.js';
import { scratch } from './scratch.js';

test('the README shows examples/hello/hello.ts as it is', (t) => {
  const [shown] = blocks('README.md', 'ts');
  t.is(shown, read('examples/hello/hello.ts'));
  t.true(shown!.trimEnd().split('\n').length <= 25);
});

test('the TypeScript in the documents compiles', (t) => {
  const sources = new Map<string, string>();
  for (const document of documents) {
    for (const [index, text] of blocks(document, 'ts').entries()) {
      sources.set(/^\/\/ (\S+\.ts)$/m.exec(text)?.[1] ?? `${document.replaceAll('/', '-')}-${index}.ts`, text);
    }
  }
  t.true(sources.size >= 5);
  const { said, status } = compile(scratch(t), sources);
  t.is(status, 0, said);
});

test('the config file of the README is valid with either transport line', async (t) => {
  const directory = scratch(t);
  for (const name of ['project', 'mnt']) mkdirSync(path.join(directory, name));
  const [config] = blocks('README.md', 'yaml');
  const swapped = config!.replace(/^ *transport:.*\n/m, '').replace('# transport:', 'transport:');
  const transports = [];
  for (const text of [config!, swapped]) {
    const file = path.join(directory, 'fusewire.yaml');
    writeFileSync(file, text);
    const { mounts } = await checkConfig(await loadConfig(file), registry);
    transports.push(...transportsOf(mounts[0]!).map(([, { use }]) => use));
  }
  t.deepEqual(transports, ['virtiofs', 'fuse']);
});

test('the README lists the commands that there are', async (t) => {
  const { stdout } = await fusewire(['--help']);
  const commands = [...stdout.toString().matchAll(/^ {2}(\w+) /gm)].map((match) => match[1]!);
  const section = /^## Commands$(.*?)^## /ms.exec(read('README.md'))![1]!;
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1]!);
  const listed = cells.flatMap((cell) => [...cell.matchAll(/(?:^|, )`(\w+)/g)].map((match) => match[1]!));
  t.deepEqual([...new Set(listed), 'demo', 'help'].toSorted(), commands.toSorted());
});
