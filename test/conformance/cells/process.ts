import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Outcome } from '../run.js';
import { interrupted } from './interrupt.js';

/** Milliseconds without an outcome after which a process counts as hanging. */
const PATIENCE = 60_000;

/** Takes the outcomes that a process prints, one JSON line each; what is no JSON becomes a message. */
export class Outcomes extends Writable {
  private text = '';

  constructor(private readonly report: (outcome: Outcome) => void) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const lines = (this.text + chunk.toString()).split('\n');
    this.text = lines.pop()!;
    for (const line of lines) if (line.startsWith('{')) this.report(JSON.parse(line) as Outcome);
    done();
  }
}

/** Runs Node with these arguments; resolves with how it ended badly. Its system calls must not wait for this very thread. */
export async function runProcess(args: readonly string[], report: (outcome: Outcome) => void): Promise<string | undefined> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let hangs = false;
  const kill = () => child.kill('SIGKILL');
  interrupted.addEventListener('abort', kill);
  const timer = setTimeout(() => {
    hangs = true;
    child.kill('SIGKILL');
  }, PATIENCE);
  createInterface(child.stdout).on('line', (line) => {
    timer.refresh();
    report(JSON.parse(line) as Outcome);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  interrupted.removeEventListener('abort', kill);
  if (hangs) return 'hangs';
  return code === 0 ? undefined : `the process ended with ${signal ?? `code ${code}`}`;
}
