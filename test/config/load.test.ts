import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkConfig, loadConfig, transportsOf } from '../../core/config/index.js';
import { UserError } from '../../core/errors.js';
import { table } from './table.js';

const MOUNT = { name: 'w', transport: { use: 'virtiofs', socket: './w.sock', tag: 'w' }, filesystem: { use: 'passthrough', source: './project' } };

function project(t: ExecutionContext, files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'fusewire-config-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(path.join(root, 'project', 'deep'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return root;
}

async function check(root: string, file?: string, cwd = root) {
  return checkConfig(await loadConfig(file, cwd), table());
}

for (const [file, text] of Object.entries({
  'fusewire.yaml': JSON.stringify({ mounts: [MOUNT] }).replaceAll('"', "'"),
  'fusewire.yml': 'mounts:\n  - name: w\n    transport: { use: virtiofs, socket: ./w.sock, tag: w }\n    filesystem: { use: passthrough, source: ./project }\n',
  'fusewire.json': JSON.stringify({ mounts: [MOUNT] }),
  '.fusewirerc': JSON.stringify({ mounts: [MOUNT] }),
  'package.json': JSON.stringify({ name: 'x', fusewire: { mounts: [MOUNT] } }),
})) {
  test(`${file} is found from a directory below; its paths are relative to it; defaults are filled in`, async (t) => {
    const root = project(t, { [file]: text });
    const config = await check(root, undefined, path.join(root, 'project', 'deep'));
    t.deepEqual(config.mounts, [{
      name: 'w',
      transport: { use: 'virtiofs', options: { socket: path.join(root, 'w.sock'), tag: 'w', queues: 1, mode: 0o600, packed: false, migration: 'paths', migrationOnError: 'abort', once: false } },
      filesystem: { use: 'passthrough', options: { source: path.join(root, 'project'), readonly: false } },
      cache: 'auto', timeout: 1, poll: 50e-6, locks: 'auto', shortcuts: true, writeback: false,
    }]);
  });
}

test('a package.json without our key is passed by on the way up', async (t) => {
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [MOUNT] }), 'project/package.json': '{ "name": "x" }', 'project/deep/package.json': '{ broken' });
  const config = await check(root, undefined, path.join(root, 'project', 'deep'));
  t.is(config.mounts[0]!.name, 'w');
});

test('a mount may have several transports', async (t) => {
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, transport: [MOUNT.transport, { use: 'fuse', mountpoint: '.' }] }] }) });
  const ways = transportsOf((await check(root)).mounts[0]!);
  t.deepEqual(ways.map(([at, { use }]) => [at, use]), [[['transport', 0], 'virtiofs'], [['transport', 1], 'fuse']]);
});

test('file systems nest, and their options with them', async (t) => {
  const nested = { use: 'pair', upper: { use: 'memory', size: '1MiB' }, lower: [{ use: 'passthrough', source: './project' }] };
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, filesystem: nested, timeout: '250ms' }] }) });
  const { filesystem, timeout } = (await check(root)).mounts[0]!;
  t.is(timeout, 0.25);
  t.deepEqual(filesystem.options, {
    upper: { use: 'memory', options: { size: 2 ** 20 } },
    lower: [{ use: 'passthrough', options: { source: path.join(root, 'project'), readonly: false } }],
  });
});

test('layers stand in a list, in order, and are checked by their own schemas', async (t) => {
  const layers = [{ use: 'readonly' }, { use: 'audit' }];
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, filesystem: { ...MOUNT.filesystem, layers } }] }) });
  t.deepEqual((await check(root)).mounts[0]!.filesystem.layers, [{ use: 'readonly', options: {} }, { use: 'audit', options: { sample: 1 } }]);
});

test('a plugin module is loaded from a path and handed to the registry', async (t) => {
  const root = project(t, {
    'plugin.mjs': 'export default class Own {}',
    'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, filesystem: { use: './plugin.mjs' } }] }),
  });
  const registry = table();
  await checkConfig(await loadConfig(undefined, root), registry);
  t.is((registry.added.get('./plugin.mjs') as { name: string }).name, 'Own');
});

test('a plugin package that only `import` can load is found from the config\'s directory', async (t) => {
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, filesystem: { use: 'own' } }] }) });
  const folder = path.join(root, 'node_modules', 'own');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'own', type: 'module', exports: { '.': { import: './own.js' } } }));
  writeFileSync(path.join(folder, 'own.js'), 'export default class Own {}');
  const registry = table();
  await checkConfig(await loadConfig(undefined, root), registry);
  t.is((registry.added.get('own') as { name: string }).name, 'Own');
});

const YAML = `mounts:
  - name: w
    transport: { use: virtiofs, socket: ./w.sock, tag: w }
    filesystem: { use: passthrough, source: ./project }
`;
const wrong: [what: string, text: string, message: RegExp, hint?: RegExp][] = [
  ['an unknown key', YAML + '    cahce: none\n', /^fusewire.yaml:5:5: mounts\[0\].cahce: unknown key$/, /^did you mean "cache"\?/],
  ['an unknown option', YAML.replace('tag: w', 'tag: w, queus: 2'), /:3:59: mounts\[0\].transport.queus: unknown key$/, /"queues"/],
  ['an unknown option inside a plugin', YAML.replace('passthrough, source', 'pair, lower: [], upper: { use: memory, sise: 1 }, source'),
    /:4:\d+: mounts\[0\].filesystem(.upper.sise|.source): unknown key$/],
  ['an unknown plugin', YAML.replace('use: passthrough', 'use: pasthrough'), /:4:19: mounts\[0\].filesystem.use: unknown file system "pasthrough"$/, /"passthrough"/],
  ['an unknown layer', YAML.replace('./project', './project, layers: [{ use: readonly }, { use: audti }]'), /:4:86: mounts\[0\].filesystem.layers\[1\].use: unknown layer "audti"$/, /did you mean "audit"/],
  ['an unknown option of a layer', YAML.replace('./project', './project, layers: [{ use: audit, smaple: 1 }]'), /mounts\[0\].filesystem.layers\[0\].smaple: unknown key$/, /did you mean "sample"/],
  ['a wrong option of a layer', YAML.replace('./project', './project, layers: [{ use: audit, sample: some }]'), /layers\[0\].sample: must be a number, not "some"$/],
  ['a layer that is no list', YAML.replace('./project', './project, layers: { use: audit }'), /filesystem.layers: must be a list, not a map of keys$/],
  ['a file system as a layer', YAML.replace('./project', './project, layers: [{ use: memory }]'), /layers\[0\].use: "memory" is a file system, not a layer$/, /known: readonly, audit/],
  ['a layer as a file system', YAML.replace('use: passthrough, source: ./project', 'use: readonly'), /filesystem.use: "readonly" is a layer, not a file system$/, /known: passthrough/],
  ['an unknown transport', YAML.replace('virtiofs', 'virtio-fs'), /unknown transport "virtio-fs"$/, /did you mean "virtiofs"/],
  ['a missing source directory', YAML.replace('./project', './nowhere'), /:4:37: mounts\[0\].filesystem.source: there is no directory .*\/nowhere$/],
  ['a source that is a file', YAML.replace('./project', './fusewire.yaml'), /is not a directory$/],
  ['a long tag', YAML.replace('tag: w', `tag: ${'é'.repeat(19)}`), /transport.tag: the tag has 38 bytes, the limit is 36$/],
  ['an empty tag', YAML.replace('tag: w', 'tag: ""'), /transport.tag: the tag must not be empty$/],
  ['a long socket path', YAML.replace('./w.sock', `/${'s'.repeat(107)}`), /transport.socket: the socket's path has 108 bytes, the limit is 107/],
  ['a wrong type', YAML.replace('tag: w', 'tag: w, queues: many'), /transport.queues: must be a number, not "many"$/],
  ['a fraction of a queue', YAML.replace('tag: w', 'tag: w, queues: 1.5'), /transport.queues: must be an integer, not 1.5$/],
  ['a wrong cache mode', YAML + '    cache: allways\n', /cache: must not be "allways"$/, /"always"/],
  ['a wrong duration', YAML + '    timeout: soon\n', /timeout: must be a duration such as 1s or 500ms, not "soon"$/],
  ['a missing key', YAML.replace('name: w', 'cache: none'), /:2:5: mounts\[0\].name: is missing; it must be a string$/],
  ['no mounts', 'mounts: []\n', /mounts: must name at least one mount$/],
  ['mounts that are no list', 'mounts: 3\n', /mounts: must be a list, not 3$/],
  ['an empty file', '', /is missing; it must be a map of keys$/],
  ['broken YAML', 'mounts: [\n', /^fusewire.yaml:2:1: /],
  ['two mounts of one name', YAML + YAML.replace('mounts:\n', '').replace('w.sock', 'v.sock'), /:5:5: mounts\[1\].name: mounts\[0\] has the same name, w$/],
  ['two mounts on one socket', YAML + YAML.replace('mounts:\n', '').replace('name: w', 'name: v'), /mounts\[1\].transport.socket: mounts\[0\] has the same socket/],
  ['two transports of a mount on one socket', YAML.replace(/transport: (.*)/, 'transport: [$1, $1]'), /:3:79: mounts\[0\].transport\[1\].socket: mounts\[0\] has the same socket/],
  ['an unknown option of a transport in a list', YAML.replace(/transport: (.*)tag: w }/, 'transport: [{ use: virtiofs, socket: a, tag: w, queus: 2 }]'), /mounts\[0\].transport\[0\].queus: unknown key$/, /"queues"/],
  ['a mount without a way to it', YAML.replace(/transport: .*/, 'transport: []'), /mounts\[0\].transport: must name at least one transport$/],
  ['a mount without transport', YAML.replace(/ *transport: .*\n/, ''), /mounts\[0\].transport: is missing; it must be a map of keys$/],
  ['writeback with two ways in', YAML.replace(/transport: (.*)/, 'transport: [$1, { use: virtiofs, socket: b, tag: b }]\n    writeback: true'), /mounts\[0\].writeback: needs the only writer/],
  ['a plugin without default export', YAML.replace('passthrough, source: ./project', './empty.mjs'), /:4:19: mounts\[0\].filesystem.use: plugin ".\/empty.mjs" has no default export$/],
  ['a plugin that is not there', YAML.replace('passthrough, source: ./project', './gone.mjs'), /plugin ".\/gone.mjs" cannot be loaded: /],
];
for (const [what, text, message, hint] of wrong) {
  test(`${what} is refused with its place`, async (t) => {
    const root = project(t, { 'fusewire.yaml': text, 'empty.mjs': 'export const nothing = 1;' });
    const error = await t.throwsAsync(check(root), { instanceOf: UserError });
    const said = (error?.message ?? '').replace(`${path.relative('', root)}/`, '').replace(`${root}/fusewire.yaml`, 'fusewire.yaml');
    t.regex(said, message);
    if (hint) t.regex(error?.hint ?? '', hint);
  });
}

test('two mounts on one mountpoint are refused', async (t) => {
  const mount = (name: string) => ({ ...MOUNT, name, transport: { use: 'fuse', mountpoint: './project' } });
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [mount('a'), mount('b')] }) });
  await t.throwsAsync(check(root), { message: /mounts\[1\].transport.mountpoint: mounts\[0\] has the same mountpoint/ });
});

test('a mountpoint inside of a served directory is refused, one around it is not', async (t) => {
  const on = (mountpoint: string, filesystem: object = MOUNT.filesystem) => ({ ...MOUNT, transport: { use: 'fuse', mountpoint }, filesystem });
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [on('./project/deep')] }) });
  const refused = { message: /mounts\[0\].transport.mountpoint: .*project\/deep lies inside .*project, which is served$/ };
  await t.throwsAsync(check(root), refused);
  symlinkSync('project', path.join(root, 'link'));
  const nested = { use: 'pair', upper: { use: 'memory' }, lower: [{ use: 'passthrough', source: './link' }] };
  writeFileSync(path.join(root, 'fusewire.json'), JSON.stringify({ mounts: [on('./project/deep', nested)] }));
  await t.throwsAsync(check(root), { message: /lies inside .*link, which is served$/ });
  for (const mountpoint of ['.', './project']) {
    writeFileSync(path.join(root, 'fusewire.json'), JSON.stringify({ mounts: [on(mountpoint)] }));
    await t.notThrowsAsync(check(root), mountpoint);
  }
});

test('a file that is not there and no file at all are said', async (t) => {
  const root = project(t, {});
  await t.throwsAsync(loadConfig('gone.yaml', root), { message: /gone.yaml: cannot be read: there is no such file$/ });
  await t.throwsAsync(loadConfig(undefined, root), { message: /^no config file in / });
});

test('maps are parsed; squash is root on the guests\' side unless it says otherwise', async (t) => {
  const maps = { uidMap: ['map:0:100000:10'], xattrMap: ':map::user.vm.:' };
  const root = project(t, { 'fusewire.json': JSON.stringify({ mounts: [{ ...MOUNT, ...maps }] }) });
  const { uidMap, gidMap, xattrMap } = (await check(root)).mounts[0]!;
  t.is(uidMap!.toHost.map(3), 100_003);
  t.is(gidMap, undefined);
  t.is(xattrMap!.length, 2);
  for (const [squash, host, guest] of [['5:6', [5, 6], [0, 0]], ['5:6:7:8', [5, 6], [7, 8]]] as const) {
    writeFileSync(path.join(root, 'fusewire.json'), JSON.stringify({ mounts: [{ ...MOUNT, squash }] }));
    const { uid, gid } = (await check(root)).mounts[0]!.squash!;
    t.deepEqual([uid.toHost.map(99), gid.toHost.map(99)], [...host]);
    t.deepEqual([uid.toGuest.map(99), gid.toGuest.map(99)], [...guest]);
  }
});
