import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache, ROOT } from '../places.js';
import { compiled, libraryOptions } from './compile.js';
import { fetched, fetchPackages, fetchSource } from './debian.js';
import type { Program } from './program.js';

const EXAMPLES = '/usr/share/doc/libfuse3-dev/examples';
const fuse3 = (): string[] => libraryOptions('fuse3', 'libfuse3-dev');
const fuse3Version = (): string => execFileSync('pkg-config', ['--modversion', 'fuse3'], { encoding: 'utf8' }).trim();

/** libfuse's low-level example. */
export function passthroughLl(): Program {
  const options = fuse3();
  const command = compiled('passthrough_ll', path.join(EXAMPLES, 'passthrough_ll.c'), 'gcc', ['-D_FILE_OFFSET_BITS=64', ...options]);
  return { command, args: [], version: `libfuse ${fuse3Version()}` };
}

/** libfuse's high-performance example, which Debian has in the source package alone. */
export function passthroughHp(): Program {
  const options = fuse3();
  const place = cache('fuse3');
  const source = path.join(place, 'source/example/passthrough_hp.cc');
  if (!existsSync(source)) fetched('libfuse, example/passthrough_hp.cc of its sources', () => fetchSource(place, 'fuse3'));
  return { command: compiled('passthrough_hp', source, 'g++', ['-std=c++17', ...options]), args: [], version: `libfuse ${fuse3Version()}` };
}

export function bindfs(): Program {
  if (existsSync('/usr/bin/bindfs')) return bindfsAt('/usr/bin/bindfs', {});
  const place = cache('bindfs');
  const command = path.join(place, 'root/usr/bin/bindfs');
  if (!existsSync(command)) fetched('apt-get install bindfs', () => fetchPackages(place, ['bindfs', 'libfuse2']));
  return bindfsAt(command, libraryPath(place));
}

const libraryPath = (place: string): Record<string, string> => ({ LD_LIBRARY_PATH: `${place}/root/lib/x86_64-linux-gnu:${place}/root/usr/lib/x86_64-linux-gnu` });

const bindfsAt = (command: string, env: Record<string, string>): Program => ({
  command, args: [], env, version: execFileSync(command, ['--version'], { encoding: 'utf8', env: { ...process.env, ...env } }).trim(),
});

/** Where fuse-native finds libfuse 2, without its being installed. */
function libfuse2(): Record<string, string> {
  const place = cache('libfuse2');
  if (!existsSync(path.join(place, 'root'))) fetched('apt-get install libfuse2', () => fetchPackages(place, ['libfuse2']));
  return libraryPath(place);
}

/** A FUSE binding of the npm registry, under a script that passes everything through. */
export const npmBinding = (name: 'fuse-native' | 'fuse-napi') => (): Program => {
  const env = name === 'fuse-native' ? libfuse2() : {};
  const place = cache('npm');
  const manifest = path.join(place, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) {
    if (!existsSync(path.join(place, 'package.json'))) writeFileSync(path.join(place, 'package.json'), '{}\n');
    fetched(`npm install ${name}`, () => execFileSync('npm', ['install', '--no-audit', '--no-fund', name], { cwd: place, stdio: 'pipe' }));
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { command: process.execPath, args: [path.join(ROOT, 'bench/rivals/npm-binding.mjs'), path.dirname(manifest)], env, version: `${name} ${version}` };
};
