import { constants } from 'node:os';

const pending = new Set<() => void>();

/** Does `work`, synchronously, when this process ends before `done` was called, be it by a signal. */
export function atExit(work: () => void): { done(): void } {
  if (pending.size === 0) listen();
  pending.add(work);
  return { done: () => void pending.delete(work) };
}

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  process.on('exit', () => {
    for (const work of pending) work();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/** A command whose process dies with this one, prctl(2) PR_SET_PDEATHSIG. */
export const mortal = (command: string, args: readonly string[]): [string, string[]] => ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]];
