import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema, mountSchema } from '../../core/config/schema.js';
import { parseIdRule } from '../../core/mapping/id-rule.js';
import { parseXattrRules } from '../../core/mapping/xattr-rules.js';
import { checkConfig, loadConfig, registry } from '../../index.js';
import { fusewire } from '../cli/run.js';
import { blocks, read } from './documents.js';
import { scratch } from './scratch.js';

const DOCUMENT = 'docs/configuration.md';

/** The text below a heading, up to the next one of any level. */
function section(heading: string): string {
  const [, after] = read(DOCUMENT).split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`${DOCUMENT} has no "${heading}"`);
  return after.split(/^#+ /m)[0]!;
}

/** The rows of the first table below a heading, without its head. */
function rows(heading: string): string[][] {
  const lines = section(heading).split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
}

const bare = (cell: string): string => cell.replace(/^`(.*)`$/, '$1');

/** Units multiply, and 50 times 1e-6 is not quite 50e-6. */
const rounded = (value: unknown): unknown => typeof value === 'number' ? Number(value.toPrecision(12)) : value;

/** What a table says of an option's default, and what the schema says. */
function compare(t: ExecutionContext, key: string, field: z.ZodType, said: string): void {
  const absent = field.safeParse(undefined);
  t.is(absent.success, said !== 'required', key);
  if (said.startsWith('`')) t.deepEqual(rounded(field.parse(parse(bare(said)))), rounded(absent.data), key);
  else t.is(absent.data === undefined, said === 'required' || said === '–', key);
}

function describes(t: ExecutionContext, heading: string, options: z.ZodType): void {
  const { shape } = options as z.ZodObject;
  const table = rows(heading);
  t.deepEqual(table.map(([key]) => bare(key!)).toSorted(), Object.keys(shape).toSorted());
  for (const [key, said, is] of table) {
    const field = shape[bare(key!)] as z.ZodType;
    compare(t, key!, field, said!);
    const { enum: values = [] } = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }) as { enum?: string[] };
    for (const value of values) t.true(is!.includes(`\`${value}\``), `${key}: ${value}`);
  }
}

test('the keys of a server are those of the schema', (t) => {
  describes(t, '## A server', configSchema);
});

test('the keys of a mount and their defaults are those of the schema', (t) => {
  describes(t, '## A mount', mountSchema);
});

for (const [kind, names, entry] of [
  ['File systems', registry.fileSystemNames(), (name: string) => registry.fileSystem(name)!],
  ['Layers', registry.layerNames(), (name: string) => registry.layer(name)!],
  ['Transports', registry.transportNames(), (name: string) => registry.transport(name)!],
] as const) {
  for (const name of names) {
    test(`${kind}: the options of ${name} and their defaults are those of its schema`, (t) => {
      describes(t, `### \`${name}\``, entry(name).options);
    });
  }
}

test('the flags are those of share', async (t) => {
  const { stdout } = await fusewire(['share', '--help']);
  const flags = [...stdout.toString().matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1]!);
  t.deepEqual([...rows('## On the command line').map(([flag]) => bare(flag!)), '--help'].toSorted(), flags.toSorted());
});

test('the config file shown is valid, and with the rules for one user', async (t) => {
  const directory = scratch(t);
  mkdirSync(path.join(directory, 'home'));
  const [config, rules] = blocks(DOCUMENT, 'yaml');
  const file = path.join(directory, 'fusewire.yaml');
  for (const text of [config!, config!.replace(/^ *[ug]idMap:.*\n/gm, '') + rules!]) {
    writeFileSync(file, text);
    const { mounts } = await checkConfig(await loadConfig(file), registry);
    t.truthy(mounts[0]!.uidMap && mounts[0]!.gidMap);
  }
});

test('each rule shown is one', (t) => {
  for (const [rule] of rows('### User and group ids')) t.is(typeof parseIdRule(bare(rule!).replace(/[GHN]/g, '1')), 'object', rule);
  const xattrs = section('### Extended attributes');
  for (const [rule] of rows('### Extended attributes').slice(0, 4)) {
    t.is(typeof parseXattrRules(`${bare(rule!).replace('SCOPE', 'all')} :ok:all:::`), 'object', rule);
  }
  const examples = [...xattrs.matchAll(/^\| `([:/].*)` \| [^|]*\|$/gm)].map((match) => match[1]!);
  t.is(examples.length, 3);
  for (const rules of examples) t.is(typeof parseXattrRules(rules), 'object', rules);
});
