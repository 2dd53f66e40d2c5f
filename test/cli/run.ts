import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';

export const root = path.join(import.meta.dirname, '..', '..', '..');
export const bin = path.join(root, 'bin', 'fusewire');

export interface Outcome {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** Runs the real command to its end. */
export async function fusewire(args: string[], options: SpawnOptions = {}): Promise<Outcome> {
  const child = spawn(bin, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([buffer(child.stdout!), text(child.stderr!), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

/** A command that serves; `said` resolves at the first line of its log that matches. */
export function start(args: string[], options: SpawnOptions = {}) {
  const child: ChildProcess = spawn(bin, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const said = (pattern: RegExp) => new Promise<void>((resolve, reject) => {
    const look = () => pattern.test(log) && resolve();
    child.stderr!.on('data', look);
    child.once('close', () => reject(new Error(`ended without saying ${pattern}: ${log}`)));
    look();
  });
  child.stderr!.on('data', (part: Buffer) => log += part.toString());
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, log }));
  return { child, said, ended };
}

/** A temporary directory that goes with the test. */
export function temporary(t: ExecutionContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'fusewire-cli-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
