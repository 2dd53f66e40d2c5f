// Runs the tests that reach native code on a build with the address and undefined-behaviour sanitizers.
// Arguments are passed on to ava.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const pinned = path.join(root, 'node_modules/node/bin/node');
const node = existsSync(pinned) ? pinned : process.execPath;

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.execPath, [path.join(root, 'scripts/build-native.mjs'), '--sanitize', 'address,undefined']);
run(node, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);

// Node itself is not built with the sanitizers: their runtime must come first. What Node leaves to the end of the
// process would all count as leaks. The sanitizer keeps freed memory for a while, so growth is not measured here.
const runtime = ['libasan.so', 'libubsan.so'].map((name) => execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim());
run(node, [path.join(root, 'node_modules/ava/entrypoints/cli.js'), 'dist/test/{driver,native,passthrough,scale,transports,virtiofs}/**/*.test.js', '!**/thousand-guests.test.js', ...process.argv.slice(2)], {
  FUSEWIRE_NATIVE_BUILD: 'build-asan',
  LD_PRELOAD: runtime.join(' '),
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
});
