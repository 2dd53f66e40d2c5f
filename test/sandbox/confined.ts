import { readdirSync, readFileSync } from 'node:fs';

/** One thread of a process, by /proc/PID/task; proc(5). */
export interface Thread {
  readonly id: string;
  readonly name: string;
  readonly noNewPrivileges: boolean;
  /** Effective, permitted and bounding set, as bits. */
  readonly capabilities: readonly bigint[];
}

/** What each thread of a process may do. */
export function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)![1]!;
    return { id: thread, name: field('Name'), noNewPrivileges: field('NoNewPrivs') === '1', capabilities: ['CapEff', 'CapPrm', 'CapBnd'].map((set) => BigInt(`0x${field(set)}`)) };
  });
}
