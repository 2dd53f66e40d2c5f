import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../places.js';

const UNITS = 12;
/** Installed from tarballs, so that no registry is asked. */
const PACKAGES = ['zod', 'commander'];

/** Makes what `make` and `npm ci` of hostload.c work on. */
export function fillProjects(folder: string): void {
  fillMake(path.join(folder, 'make'));
  fillNpm(path.join(folder, 'npm'));
}

function fillMake(folder: string): void {
  mkdirSync(folder);
  for (let unit = 0; unit < UNITS; unit++) {
    writeFileSync(path.join(folder, `unit${unit}.h`), `int unit${unit}(int number);\n`);
    writeFileSync(path.join(folder, `unit${unit}.c`), `#include <stdio.h>\n#include "unit${unit}.h"\nint unit${unit}(int number) { return printf("%d\\n", number + ${unit}); }\n`);
  }
  const units = Array.from({ length: UNITS }, (_, unit) => `unit${unit}`);
  writeFileSync(path.join(folder, 'main.c'), `${units.map((unit) => `#include "${unit}.h"\n`).join('')}int main(void) { return ${units.map((unit) => `${unit}(1)`).join(' + ')} == 0; }\n`);
  const objects = ['main', ...units].map((unit) => `${unit}.o`).join(' ');
  writeFileSync(path.join(folder, 'Makefile'), `program: ${objects}\n\tcc -o $@ $^\nclean:\n\trm -f program *.o\n`);
}

function fillNpm(folder: string): void {
  mkdirSync(folder);
  const installed: Record<string, object> = {};
  for (const name of PACKAGES) {
    const source = path.join(ROOT, 'node_modules', name);
    const tarball = path.join(folder, `${name}.tgz`);
    execFileSync('tar', ['-czf', tarball, '--transform', 's,^[.],package,', '-C', source, '.']);
    const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as { version: string };
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    installed[`node_modules/${name}`] = { version, resolved: `file:${name}.tgz`, integrity };
  }
  const project = { name: 'project', version: '1.0.0', dependencies: Object.fromEntries(PACKAGES.map((name) => [name, `file:${name}.tgz`])) };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ ...project, lockfileVersion: 3, packages: { '': project, ...installed } }));
}
