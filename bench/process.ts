import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { unreachable } from '../cli/guest/listening.js';
import { setTimeout as delay } from 'node:timers/promises';
import { mortal } from './cleanup.js';
import type { Program } from './rivals/program.js';

const PATIENCE = 10_000;

/** A server that runs until it is stopped. */
export class ServerProcess {
  private output = '';

  private constructor(readonly command: string, private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (this.output += text.toString()));
  }

  /** Starts it and waits until `ready` says yes; an error with what it printed when it ends before. */
  static async start({ command, args, env }: Pick<Program, 'command' | 'args' | 'env'>, ready: () => boolean): Promise<ServerProcess> {
    const child = spawn(...mortal(command, args), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new ServerProcess([command, ...args].join(' '), child);
    let failed: Error | undefined;
    child.on('error', (error) => (failed = error));
    for (const end = Date.now() + PATIENCE; !ready(); await delay(10)) {
      if (failed || child.exitCode !== null) throw new Error(`${server.command}: ${failed?.message ?? `exit ${child.exitCode}`}\n${server.output}`);
      if (Date.now() > end) {
        child.kill('SIGKILL');
        throw new Error(`${server.command}: not ready after ${PATIENCE / 1000} s\n${server.output}`);
      }
    }
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(hard);
  }
}

/** Waits for somebody to listen on a socket. */
export const socketListens = (path: string) => (): boolean => existsSync(path) && unreachable(path) === undefined;
