import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { InitFlag } from '../../core/protocol/init-flag.js';
import { Opcode } from '../../core/protocol/opcode.js';
import * as structs from '../../core/protocol/structs.js';

const HEADER = '/usr/include/linux/fuse.h';
const header = readFileSync(HEADER, 'utf8');

/** `InitIn` -> `fuse_init_in`. */
function kernelName(name: string): string {
  const snake = name.replace(/(?!^)([A-Z])/g, '_$1').toLowerCase();
  return snake.startsWith('cuse') ? snake : `fuse_${snake}`;
}

/** Body of `struct NAME {…};` in the header, or undefined where this kernel's header does not have it. */
function declaration(name: string): string | undefined {
  return new RegExp(`struct ${name} \\{([^}]*)\\}`).exec(header)?.[1];
}

/** Compiles and runs a C program that prints one number per expression. */
function evaluate(expressions: string[]): number[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'fusewire-structs-'));
  try {
    const lines = expressions.map((e) => `  printf("%lld\\n", (long long)(${e}));`);
    writeFileSync(path.join(dir, 'a.c'), `#include <stdio.h>\n#include <stddef.h>\n#include <linux/fuse.h>\nint main(void) {\n${lines.join('\n')}\n  return 0; }\n`);
    execFileSync('cc', ['-o', path.join(dir, 'a'), path.join(dir, 'a.c')]);
    return execFileSync(path.join(dir, 'a'), { encoding: 'utf8' }).trim().split('\n').map(Number);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('every struct has the size and the field offsets of the kernel header', (t) => {
  const checks: { what: string; expression: string; ours: number }[] = [];
  for (const [name, table] of Object.entries(structs)) {
    const kernel = kernelName(name);
    const body = declaration(kernel);
    if (body === undefined) continue;
    for (const [field, ours] of Object.entries(table)) {
      if (typeof ours !== 'number') continue;
      if (field === 'size_') checks.push({ what: `sizeof ${kernel}`, expression: `sizeof(struct ${kernel})`, ours });
      else if (new RegExp(`\\b${field}\\b`).test(body)) checks.push({ what: `${kernel}.${field}`, expression: `offsetof(struct ${kernel}, ${field})`, ours });
    }
  }
  const kernel = evaluate(checks.map((check) => check.expression));
  t.true(checks.length > 250, `only ${checks.length} sizes and offsets were found in ${HEADER}`);
  t.deepEqual(checks.map(({ what, ours }) => `${what} ${ours}`), checks.map(({ what }, i) => `${what} ${kernel[i]}`));
});

test('every opcode has the number of the kernel header', (t) => {
  const names = Object.keys(Opcode).filter((name) => new RegExp(`\\bFUSE_${name}\\s*=`).test(header));
  t.true(names.length >= 46);
  const kernel = evaluate(names.map((name) => `FUSE_${name}`));
  t.deepEqual(names.map((name) => `${name} ${Opcode[name as keyof typeof Opcode]}`), names.map((name, i) => `${name} ${kernel[i]}`));
});

test('every INIT flag has the bit of the kernel header', (t) => {
  const names = Object.keys(InitFlag).filter((name) => new RegExp(`define FUSE_${name}\\s`).test(header));
  t.true(names.length >= 33);
  const kernel = evaluate(names.map((name) => `__builtin_ctzll(FUSE_${name})`));
  t.deepEqual(names.map((name) => `${name} ${InitFlag[name as keyof typeof InitFlag]}`), names.map((name, i) => `${name} ${kernel[i]}`));
});
