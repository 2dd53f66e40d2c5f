import { execFileSync } from 'node:child_process';
import { constants, cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Opcode } from '../../core/protocol/opcode.js';
import { FlushIn } from '../../core/protocol/structs.js';
import { Driver, Registry } from '../../driver/index.js';
import { ROOT } from '../places.js';

export const SMALL_FILES = 1000;
export const SMALL_SIZE = 4096;
export const MANY_FILES = 10_000;
/** Bytes of the large file: a multiple of every block size. */
export const FILE_SIZE = 128 << 20;

/** Makes what every server of the group serves. */
export function fillFolder(folder: string): void {
  mkdirSync(path.join(folder, 'small'));
  mkdirSync(path.join(folder, 'many'));
  const content = Buffer.alloc(SMALL_SIZE, 'x');
  for (let i = 0; i < SMALL_FILES; i++) writeFileSync(path.join(folder, 'small', `file-${String(i).padStart(4, '0')}`), content);
  for (let i = 0; i < MANY_FILES; i++) writeFileSync(path.join(folder, 'many', `entry-${i}`), '');
  writeFileSync(path.join(folder, 'data'), Buffer.alloc(FILE_SIZE, 'd'));
}

/** Makes a git working tree of the project's own sources and of a package that it uses. */
export function fillTree(folder: string): void {
  const tree = path.join(folder, 'tree');
  for (const part of ['core', 'driver', 'native/src', 'plugins', 'transports', 'node_modules/zod', 'node_modules/commander']) {
    cpSync(path.join(ROOT, part), path.join(tree, part), { recursive: true, dereference: true });
  }
  // Where a file is as young as the index, git reads it whole, and whoever is measured first pays for it.
  for (const entry of readdirSync(tree, { recursive: true })) utimesSync(path.join(tree, String(entry)), 1, 1);
  const git = (...args: string[]): unknown => execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], { cwd: tree, stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'A tree to work on');
}

interface Opened {
  readonly node: number;
  readonly handle: number;
}

/** One server's share as the rows need it: mounted by the driver, with nodes and handles at hand. */
export class Share {
  readonly root = 1;

  private constructor(
    readonly driver: Driver,
    /** Tells the files of several servers in one folder apart. */
    readonly id: number,
    /** The folder of small files, one of them, and the folder of many. */
    readonly small: number,
    readonly file: { readonly node: number },
    readonly many: Opened,
    readonly data: Opened,
    /** Linux would send FLUSH when a file that was read, or written, is closed. */
    readonly flushes: { readonly read: boolean; readonly written: boolean },
  ) {}

  static async open(socket: string, queues: number, id: number): Promise<Share> {
    const driver = await Driver.connect(socket, { queues, queueSize: 1024, memory: 512 << 20, tag: 'share', registry: new Registry() });
    await driver.mount();
    const small = await driver.lookup('/small');
    const file = await driver.lookup('/small/file-0000');
    const many = await driver.open('/many', constants.O_RDONLY | constants.O_DIRECTORY);
    const data = await driver.open('/data', constants.O_RDWR);
    await driver.readdirEntries('/small', { plus: true });
    const flushes = { read: await takesFlush(driver, constants.O_RDONLY), written: await takesFlush(driver, constants.O_WRONLY) };
    return new Share(driver, id, small.node, file, many, data, flushes);
  }

  async close(): Promise<void> {
    await this.driver.close();
  }
}

/** Whether Linux would send FLUSH when a file is closed that was opened with `flags`. */
async function takesFlush(driver: Driver, flags: number): Promise<boolean> {
  const file = await driver.open('/small/file-0000', flags);
  const body = new Uint8Array(FlushIn.size_);
  new DataView(body.buffer).setUint32(FlushIn.fh, file.handle, true);
  const { error } = await driver.device.request(Opcode.FLUSH, file.node, body);
  await file.close();
  return error === 0 && file.flushes;
}
