import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { mortal } from '../cleanup.js';

const FREQUENCY = 2000;
/** perf needs a moment to attach, in milliseconds. */
const ATTACH = 300;

/** Samples the stacks of processes with perf(1). */
export class Perf {
  private constructor(private readonly pids: readonly number[], private readonly data: string, private readonly recorder: ChildProcess) {}

  static async start(pids: readonly number[], data: string): Promise<Perf> {
    const [command, args] = mortal('perf', ['record', '-q', '-g', '-F', String(FREQUENCY), '-p', pids.join(','), '-o', data]);
    const recorder = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await delay(ATTACH);
    if (recorder.exitCode !== null) throw new Error('perf does not run: apt-get install linux-perf, and kernel.perf_event_paranoid below 3');
    return new Perf(pids, data, recorder);
  }

  /** The stacks seen, outermost call first; kernel functions end in `_[k]`. */
  async stop(): Promise<string[][]> {
    const ended = once(this.recorder, 'exit');
    this.recorder.kill('SIGINT');
    await ended;
    const script = execFileSync('perf', ['script', '-i', this.data, '-F', 'ip,sym,dso'], { encoding: 'utf8', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
    rmSync(this.data);
    for (const pid of this.pids) rmSync(`/tmp/perf-${pid}.map`, { force: true });
    return script.split('\n\n').map(stack).filter((frames) => frames.length > 0);
  }
}

/** Lines of one sample, innermost first: address, function, (object). */
function stack(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*[0-9a-f]+ (.*) \(([^)]*)\)$/.exec(line);
    if (!match) return [];
    const name = match[1].replace(/ file:\/\/.*\/dist\//, ' ');
    return [match[2].includes('kernel') ? `${name}_[k]` : name];
  }).toReversed();
}
