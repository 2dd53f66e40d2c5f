import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { mortal } from './cleanup.js';
import type { Condition } from './model.js';

const SPIN = ['--idle', '0', 'sh', '-c', 'while :; do :; done'];

/** Keeps the machine in a condition: for `busy` every core has something to do that gives way to everything else. */
export class Conditions {
  private spinners: ChildProcess[] = [];

  async enter(condition: Condition): Promise<void> {
    if ((condition === 'busy') === this.spinners.length > 0) return;
    if (condition === 'idle') return this.leave();
    for (let core = 0; core < availableParallelism(); core++) {
      this.spinners.push(spawn(...mortal('taskset', ['-c', String(core), 'chrt', ...SPIN]), { stdio: 'ignore' }));
    }
    await delay(50);
  }

  async leave(): Promise<void> {
    await Promise.all(this.spinners.splice(0).map(async (spinner) => {
      const ended = once(spinner, 'exit');
      if (spinner.kill('SIGKILL')) await ended;
    }));
  }
}
