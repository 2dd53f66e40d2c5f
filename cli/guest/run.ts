import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { guestMissing, kernel } from './kernel.js';
import { unreachable } from './listening.js';
import { initScript } from './script.js';

/** Exit codes beside the command's own, as timeout(1), env(1) and a shell after SIGPIPE have them. */
export const TIMED_OUT = 124;
export const NOT_BOOTED = 125;
export const NOT_MOUNTED = 126;
export const UNREAD = 128 + 13;

export interface GuestOptions {
  /** Path of a vhost-user-fs server's socket, and the tag that it serves. */
  socket: string;
  tag: string;
  /** One word: a shell script. Several: a program and its arguments. Runs in /mnt. */
  command: readonly string[];
  /** Bytes; default 512 MiB. */
  memory?: number;
  /** Mount options, as for mount(8) -o. */
  options?: string;
  /** Seconds; default none. */
  timeout?: number;
  /** Kills the guest. */
  signal?: AbortSignal;
  /** Path of a shared object for the kernel's process to preload. */
  preload?: string;
  stdout: Writable;
  stderr: Writable;
}

export interface GuestResult {
  /** The command's, or one of the codes above. */
  code: number;
  /** Why there is no code of the command's own. */
  reason?: string;
  /** Milliseconds from the start until init ran and until the tag was mounted. */
  booted?: number;
  mounted?: number;
}

/** The virtio device id of a file system (virtio 1.3, 5.11). */
const FILE_SYSTEM = 26;

function kernelArguments(work: string, memory: number): string[] {
  return [
    `mem=${Math.ceil(memory / 2 ** 20)}M`, `uml_dir=${work}/uml`, 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet', `init=${work}/init`,
    `virtio_uml.device=${work}/socket:${FILE_SYSTEM}`,
    'con=null', 'con0=null,fd:1', 'ssl0=null,fd:3', 'ssl1=null,fd:4', 'ssl2=null,fd:5',
  ];
}

/**
 * Runs the kernel under a lifeline: when this process lets go of fd 6, and be it by its death, the kernel's whole
 * process group dies, its helper processes too.
 */
const LIFELINE = '(exec <&6 >&- 2>&- 3>&- 4>&- 5>&-; read end; kill -9 0) & exec "$0" "$@" 6<&-';

/** Seconds. A boot takes a few; on a busy host, many times as long. */
const BOOT_LIMIT = 180;

/** Boots a User Mode Linux guest with the host's root read-only as its root, mounts the tag on /mnt and runs a command there. */
export async function runGuest(options: GuestOptions): Promise<GuestResult> {
  const missing = guestMissing();
  if (missing) return { code: NOT_BOOTED, reason: missing };
  const work = mkdtempSync(path.join(tmpdir(), 'fusewire-guest-'));
  try {
    for (const dir of ['tmp', 'uml']) mkdirSync(path.join(work, dir));
    // A link, since the kernel's command line gives colons and blanks a meaning of their own.
    symlinkSync(path.resolve(options.socket), path.join(work, 'socket'));
    const reason = unreachable(path.join(work, 'socket'));
    if (reason) return { code: NOT_BOOTED, reason: `${options.socket}: ${reason}` };
    writeFileSync(path.join(work, 'init'), initScript({ ...options, work }), { mode: 0o755 });
    return await boot(options, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function boot(options: GuestOptions, work: string): Promise<GuestResult> {
  const started = performance.now();
  // What this process preloads, such as a sanitizer, is not for a kernel.
  const env = { ...process.env, LD_PRELOAD: options.preload ?? '' };
  const guest = spawn('/bin/sh', ['-c', LIFELINE, kernel()!, ...kernelArguments(work, options.memory ?? 512 * 2 ** 20)],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true, env });
  const [, , , out, err, reports, lifeline] = guest.stdio as Readable[];
  const result: GuestResult = { code: NOT_BOOTED };
  const end = () => lifeline!.destroy();
  const giveUp = (code: number, reason: string) => {
    Object.assign(result, { code, reason });
    end();
  };
  const timer = options.timeout ? setTimeout(giveUp, options.timeout * 1000, TIMED_OUT, `still running after ${options.timeout} s`) : undefined;
  options.signal?.addEventListener('abort', end);
  if (options.signal?.aborted) end();

  let console = '';
  const booting = setTimeout(() => giveUp(NOT_BOOTED, `the guest has not booted within ${BOOT_LIMIT} s:\n${console.trim()}`), BOOT_LIMIT * 1000);
  for (const stream of [guest.stdout!, guest.stderr!]) stream.on('data', (text: Buffer) => console += text.toString('latin1'));
  createInterface(reports!).on('line', (line) => {
    clearTimeout(booting);
    hear(line, result, performance.now() - started);
  });
  const forward = (from: Readable, to: Writable) => pipeline(from, to, { end: false }).catch(() => giveUp(UNREAD, 'nobody reads its output'));
  await Promise.all([once(guest, 'exit').finally(end), once(guest, 'close'), forward(out!, options.stdout), forward(err!, options.stderr)]);
  clearTimeout(booting);
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', end);
  if (result.code === NOT_BOOTED) result.reason ??= `the guest ended before its command did:\n${console.trim()}`;
  return result;
}

function hear(line: string, result: GuestResult, at: number): void {
  const [word, code] = line.split(' ');
  if (word === 'booted') result.booted = at;
  if (word === 'mounted') result.mounted = at;
  if (word === 'unmountable') Object.assign(result, { code: NOT_MOUNTED, reason: 'the guest could not mount the tag' });
  if (word === 'exit') result.code = Number(code);
}
