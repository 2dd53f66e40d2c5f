import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that a process's threads, those that live, have run; its children not counted (proc(5), schedstat). */
export function processTime(pid: number): number {
  let sum = 0;
  for (const task of tasks(pid)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    } catch {
      // The thread has ended.
    }
  }
  return sum;
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nanoseconds that this process has run. */
export function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Resident bytes of a process. */
export function residentSize(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
}
