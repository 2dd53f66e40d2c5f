import { createRequire } from 'node:module';
import path from 'node:path';
import { nameBytes } from '../../../core/protocol/names.js';
import { PosixError } from '../posix.js';

/** An integer, the memory of a typed array, or a null pointer. */
export type Word = number | bigint | NodeJS.TypedArray | null;

/** What syscall.cc exports; built by scripts/build-syscalls.mjs. */
interface Addon {
  readonly numbers: Readonly<Record<string, number>>;
  syscall(number: number, ...words: Word[]): number;
  address(bytes: Uint8Array): number;
  fork(words: BigInt64Array, progress: number): number;
}

const addon = createRequire(import.meta.url)(path.join(import.meta.dirname, 'syscall.node')) as Addon;

/** Makes one system call; throws a `PosixError` when it fails. */
export function call(name: string, ...words: Word[]): number {
  const result = addon.syscall(addon.numbers[name]!, ...words);
  if (result < 0) throw new PosixError(-result, name);
  return result;
}

/** Where the bytes are, for structs that hold pointers. */
export const address = (bytes: Uint8Array): number => addon.address(bytes);

/** A system call that another process makes: its name and words. */
export type Planned = readonly [name: string, ...words: (number | Uint8Array)[]];

/** Starts a process that makes these calls; see syscall.cc. */
export function fork(plan: readonly Planned[], progress: number): number {
  const words = plan.flatMap(([name, ...rest]) => {
    const numbers = rest.map((word) => (typeof word === 'number' ? word : address(word)));
    return [addon.numbers[name]!, ...numbers, 0, 0, 0, 0, 0, 0].slice(0, 7);
  });
  const pid = addon.fork(BigInt64Array.from(words, BigInt), progress);
  if (pid < 0) throw new PosixError(-pid, 'fork');
  return pid;
}

/** A path or name as the kernel takes it. */
export function text(value: string): Uint8Array {
  return Buffer.concat([nameBytes(value), Buffer.alloc(1)]);
}

export function data(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? nameBytes(value) : value;
}
