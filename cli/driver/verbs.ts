import { UsageError } from '../../core/errors.js';
import type { Driver, Stats } from '../../driver/index.js';
import { begun, print, printLine, readLocal, writeLocal } from './pieces.js';

function octal(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}

function statLine(path: string, stats: Stats): string {
  const { ino, mode, nlink, uid, gid, size, blocks, mtime } = stats;
  return `${path}: ino ${ino} mode ${octal(mode)} nlink ${nlink} uid ${uid} gid ${gid} size ${size} blocks ${blocks} mtime ${new Date(mtime * 1000).toISOString()}`;
}

/** What the driver command can do; the paths fit its operands. */
export interface Verb {
  readonly operands: string;
  readonly fits: (paths: number) => boolean;
  readonly run: (driver: Driver, paths: string[]) => Promise<void>;
}

/** A verb that takes its paths one by one. */
function each(work: (driver: Driver, path: string) => Promise<unknown>): Verb {
  return {
    operands: 'PATH...',
    fits: (paths) => paths > 0,
    async run(driver, paths) {
      for (const path of paths) await work(driver, path);
    },
  };
}

const two = (paths: number): boolean => paths === 2;

async function list(driver: Driver, path: string): Promise<void> {
  const names = (await driver.readdir(path)).toSorted();
  if (names.length) await printLine(names.join('\n'));
}

const VERBS: Record<string, Verb> = {
  ls: {
    operands: '[PATH...]',
    fits: () => true,
    async run(driver, paths) {
      for (const path of paths.length ? paths : ['/']) await list(driver, path);
    },
  },
  cat: each((driver, path) => print(driver.readPieces(path))),
  stat: each(async (driver, path) => printLine(statLine(path, await driver.lstat(path)))),
  mkdir: each((driver, path) => driver.mkdir(path, 0o777 & ~process.umask())),
  rm: each(async (driver, path) => (await driver.lstat(path)).isDirectory ? driver.rmdir(path) : driver.unlink(path)),
  put: {
    operands: 'LOCAL REMOTE',
    fits: two,
    async run(driver, [local, remote]) {
      const pieces = await begun(readLocal(local!, driver.mounted!.init.maxWrite));
      await driver.writeFile(remote!, pieces, 0o666 & ~process.umask());
    },
  },
  get: {
    operands: 'REMOTE LOCAL',
    fits: two,
    run: async (driver, [remote, local]) => writeLocal(local!, await begun(driver.readPieces(remote!))),
  },
};

/** The verb of this name, for this many paths; throws `UsageError`. */
export function findVerb(name: string, paths: number): Verb {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) throw UsageError(`driver knows no "${name}"`, `known: ${[...Object.keys(VERBS), 'bench'].join(', ')}`);
  if (!verb.fits(paths)) throw UsageError(`driver ${name} cannot work with ${paths} paths`, `driver SOCKET ${name} ${verb.operands}`);
  return verb;
}
