import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { ROOT } from '../places.js';

/** What a result depends on beside the servers. */
export function environment() {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString(),
    kernel: `${os.type()} ${os.release()} ${os.machine()}`,
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readIfThere('/etc/os-release'))?.[1] ?? 'unknown',
    processor: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    virtualized: / hypervisor( |$)/m.test(readIfThere('/proc/cpuinfo')),
    memory: os.totalmem(),
    node: process.version,
    commit: commit(),
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    load: os.loadavg(),
  };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
