import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { Driver, type Stats } from '../../driver/index.js';

function octal(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}

function statLines(path: string, stats: Stats): string {
  const { ino, mode, nlink, uid, gid, size, blocks, mtime } = stats;
  return `${path}: ino ${ino} mode ${octal(mode)} nlink ${nlink} uid ${uid} gid ${gid} size ${size} blocks ${blocks} mtime ${new Date(mtime * 1000).toISOString()}`;
}

type Verb = (driver: Driver, paths: string[]) => Promise<void>;

async function each(paths: string[], work: (path: string) => Promise<unknown>): Promise<void> {
  for (const path of paths) await work(path);
}

function pair(verb: string, paths: string[]): [string, string] {
  if (paths.length !== 2) throw UsageError(`driver ${verb} takes two paths`, verb === 'put' ? 'put LOCAL REMOTE' : 'get REMOTE LOCAL');
  return [paths[0]!, paths[1]!];
}

const VERBS: Record<string, Verb> = {
  ls: (driver, paths) => each(paths.length ? paths : ['/'], async (path) => {
    for (const name of (await driver.readdir(path)).toSorted()) console.log(name);
  }),
  cat: (driver, paths) => each(paths, async (path) => process.stdout.write(await driver.readFile(path))),
  stat: (driver, paths) => each(paths.length ? paths : ['/'], async (path) => console.log(statLines(path, await driver.lstat(path)))),
  mkdir: (driver, paths) => each(paths, (path) => driver.mkdir(path, 0o777 & ~process.umask())),
  rm: (driver, paths) => each(paths, async (path) => (await driver.lstat(path)).isDirectory ? driver.rmdir(path) : driver.unlink(path)),
  async put(driver, paths) {
    const [local, remote] = pair('put', paths);
    await driver.writeFile(remote, await readFile(local), 0o666 & ~process.umask());
  },
  async get(driver, paths) {
    const [remote, local] = pair('get', paths);
    await writeFile(local, await driver.readFile(remote));
  },
};

async function run(socket: string, verb: string, paths: string[]): Promise<void> {
  const work = VERBS[verb];
  if (!work) throw UsageError(`driver knows no "${verb}"`, `known: ${Object.keys(VERBS).join(', ')}`);
  const driver = await Driver.connect(socket);
  try {
    await driver.mount();
    await work(driver, paths);
    await driver.unmount();
  } finally {
    await driver.close();
  }
}

export function driverCommand(program: Command): void {
  program.command('driver <socket> <verb> [paths...]')
    .description('talk to a vhost-user-fs server without a virtual machine: ls, cat, stat, put LOCAL REMOTE, get REMOTE LOCAL, rm, mkdir')
    .action(run);
}
