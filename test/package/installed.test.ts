import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';

const root = path.join(import.meta.dirname, '..', '..', '..');
const SCRIPT = `
import { Driver } from 'fusewire/driver';
import { textSource } from './node_modules/fusewire/dist/core/config/text-source.js';
import { checkConfig, registry, Server } from 'fusewire';
const mounts = [{ name: 'm', transport: { use: 'virtiofs', socket: 'socket', tag: 'm' }, filesystem: { use: 'memory' } }];
const server = await Server.start(await checkConfig(textSource('config.json', JSON.stringify({ mounts })), registry), registry);
const driver = await Driver.connect('socket');
await driver.mount();
await driver.writeFile('/file', 'text');
console.log(Buffer.from(await driver.readFile('/file')).toString());
await driver.close();
await server.stop();
`;

test('an installed package works without a compiler', (t) => {
  const place = mkdtempSync(path.join(tmpdir(), 'fusewire-package-'));
  t.teardown(() => rmSync(place, { recursive: true }));
  execFileSync(process.execPath, [path.join(root, 'scripts/build-native.mjs'), '--prebuild']);
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', place], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as [{ filename: string }];
  const modules = path.join(place, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-xf', path.join(place, filename), '-C', modules]);
  execFileSync('mv', [path.join(modules, 'package'), path.join(modules, 'fusewire')]);
  for (const name of readdirSync(path.join(root, 'node_modules'))) if (!name.startsWith('.')) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  writeFileSync(path.join(place, 'script.mjs'), SCRIPT);
  t.is(execFileSync(process.execPath, ['script.mjs'], { cwd: place, encoding: 'utf8' }), 'text\n');
  t.regex(execFileSync(path.join(modules, 'fusewire/bin/fusewire'), ['--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/);
});
