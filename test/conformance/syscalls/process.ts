import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { errnoName } from '../../../core/filesystem/errno.js';
import { MAP, type Process, PROT, type Step } from '../posix.js';
import { MappedFile } from './mapping.js';
import { flock } from './structs.js';
import { call, data, fork, type Planned } from './syscall.js';

const MAP_ANONYMOUS = 0x20;
const WNOHANG = 1;
const SIGKILL = 9;
const PAGE = 4096;
const commands = { posix: { try: 6, wait: 7 }, ofd: { try: 37, wait: 38 } };

function planned(step: Step): Planned {
  if (step === 'hold') return ['ppoll', 0, 0, 0, 0];
  if ('flock' in step) return ['flock', step.fd, step.flock];
  if ('range' in step) return ['fcntl', step.fd, commands[step.ofd ? 'ofd' : 'posix'][step.wait ? 'wait' : 'try'], flock(step.range)];
  const bytes = data(step.write);
  return ['write', step.fd, bytes, bytes.length];
}

/** A forked process that takes steps. The plan is kept, since the child has the addresses of what it names. */
export class ForkedProcess implements Process {
  private readonly progress = new MappedFile(call('mmap', null, PAGE, PROT.READ | PROT.WRITE, MAP.SHARED | MAP_ANONYMOUS, -1, 0), PAGE);
  private readonly plan: readonly Planned[];
  private readonly pid: number;
  private status: number | undefined;

  constructor(steps: readonly Step[]) {
    this.plan = steps.map(planned);
    this.pid = fork(this.plan, this.progress.address);
  }

  async asleep(): Promise<boolean> {
    while (!this.reap(WNOHANG)) {
      const at = Buffer.from(await this.progress.read(0, 8)).readBigInt64LE();
      const state = /\) (\w)/.exec(readFileSync(`/proc/${this.pid}/stat`, 'latin1'))?.[1];
      if (at === BigInt(this.plan.length - 1) && (state === 'S' || state === 'D')) return true;
      await setImmediate();
    }
    return false;
  }
  async ended(): Promise<string> {
    while (!this.reap(WNOHANG)) await setImmediate();
    const status = this.status!;
    if ((status & 0x7f) !== 0) return `signal ${status & 0x7f}`;
    return status === 0 ? '' : errnoName(status >> 8);
  }
  async signal(number: number): Promise<void> {
    call('kill', this.pid, number);
  }
  async end(): Promise<void> {
    if (!this.reap(WNOHANG)) {
      call('kill', this.pid, SIGKILL);
      this.reap(0);
    }
    await this.progress.unmap();
  }

  private reap(options: number): boolean {
    if (this.status !== undefined) return true;
    const status = Buffer.alloc(4);
    if (call('wait4', this.pid, status, options, null) !== this.pid) return false;
    this.status = status.readInt32LE();
    return true;
  }
}
