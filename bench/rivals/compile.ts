import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../places.js';

/** Compiles one source file into the cache, unless that is newer; its path. Throws when there is no compiler. */
export function compiled(name: string, source: string, compiler: 'gcc' | 'g++', options: readonly string[]): string {
  const program = path.join(cache('bin'), name);
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  const { status, error, stderr } = spawnSync(compiler, ['-O2', source, '-o', program, ...options], { encoding: 'utf8' });
  if (error) throw new Error(`apt-get install ${compiler}`, { cause: error });
  if (status !== 0) throw new Error(`${compiler} ${source}: ${stderr}`);
  return program;
}

/** How to compile against a library. Throws, with the package to install, when it is not there. */
export function libraryOptions(name: string, debianPackage: string): string[] {
  try {
    return execFileSync('pkg-config', ['--cflags', '--libs', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim().split(/\s+/);
  } catch (error) {
    throw new Error(`apt-get install pkg-config ${debianPackage}`, { cause: error });
  }
}
