import { type Behaviour, type Cell, concerns, whyFailing, whySkipped } from './behaviour.js';
import { LAYERS } from './layers.js';
import { type Posix, PosixError, type Process } from './posix.js';
import { Scene, Unexpected } from './scene.js';

/** What came of one behaviour in one cell; `reason` says why it was skipped, or how it failed. */
export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
}

/** Milliseconds that a behaviour may take where it can be abandoned: in process, when a request is never answered. */
const PATIENCE = 20_000;

/** Runs behaviours one after another, each in a new directory below `home` where one can be made, and reports each as it ends. */
export async function runBehaviours(behaviours: readonly Behaviour[], cell: Cell, fs: Posix, home: string, report: (outcome: Outcome) => void): Promise<void> {
  for (const [index, behaviour] of behaviours.entries()) {
    const { name } = behaviour;
    if (!concerns(behaviour, cell)) continue;
    const skipped = whySkipped(behaviour, cell);
    if (skipped) {
      report({ name, result: 'skipped', reason: skipped });
      continue;
    }
    const failure = await runOne(behaviour, fs, home, cell.words.includes('none') ? LAYERS : `b${index}`);
    const known = whyFailing(behaviour, cell);
    if (known && failure !== undefined) report({ name, result: 'skipped', reason: `fails: ${known}` });
    else if (known) report({ name, result: 'failed', reason: `passes, but is listed as failing: ${known}` });
    else report(failure === undefined ? { name, result: 'passed' } : { name, result: 'failed', reason: failure });
  }
}

async function runOne(behaviour: Behaviour, fs: Posix, home: string, directory: string): Promise<string | undefined> {
  const open = new Set<number>();
  const processes: Process[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    await enter(fs, home, directory);
    const tracked = tracking(fs, open, processes);
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Unexpected('no answer')), PATIENCE);
    });
    await Promise.race([behaviour.run(tracked, new Scene(tracked)), tooLong]);
    return undefined;
  } catch (error) {
    if (error instanceof Unexpected || error instanceof PosixError) return error.message + line(error);
    return String((error as Error).stack ?? error);
  } finally {
    clearTimeout(timer);
    await leave(fs, open, processes);
  }
}

async function enter(fs: Posix, home: string, directory: string): Promise<void> {
  await fs.umask(0o022);
  await fs.chdir(home);
  if (directory !== LAYERS) await fs.mkdir(directory, 0o755);
  await fs.chdir(directory);
}

/** Files first: a process that waits for a lock of this one may not be killed before, where requests are not interrupted. */
async function leave(fs: Posix, open: Set<number>, processes: readonly Process[]): Promise<void> {
  await fs.actAs();
  for (const fd of open) await fs.close(fd).catch(() => undefined);
  for (const one of processes) await one.end();
}

/** The same calls, remembering what is open and who was started. */
function tracking(fs: Posix, open: Set<number>, processes: Process[]): Posix {
  const add = (fd: number): number => {
    open.add(fd);
    return fd;
  };
  const tracked: Partial<Posix> = {
    open: async (...args) => add(await fs.open(...args)),
    dup: async (fd) => add(await fs.dup(fd)),
    spawn: async (...steps) => {
      const started = await fs.spawn(...steps);
      processes.push(started);
      return started;
    },
    close: async (fd) => {
      open.delete(fd);
      await fs.close(fd);
    },
  };
  return new Proxy(fs, { get: (_fs, name: keyof Posix) => tracked[name] ?? fs[name].bind(fs) });
}

/** Where in the table it was. */
function line(error: Error): string {
  const at = /behaviours\/([\w-]+)\.(?:js|ts):(\d+)/.exec(error.stack ?? '');
  return at ? ` (${at[1]}:${at[2]})` : '';
}
