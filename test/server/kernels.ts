import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { textSource } from '../../core/config/text-source.js';
import { LK_FLOCK } from '../../core/protocol/flags.js';
import { LkIn } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { fields, join } from '../../driver/body.js';
import { Driver, type OpenFile, Registry } from '../../driver/index.js';
import { checkConfig, type LockType, Opcode, registry, Server } from '../../index.js';
import { temporaryDirectory } from '../driver/peers.js';

/** A config as a file would have it, served until the test ends. Paths are relative to `directory`. */
export async function serve(t: ExecutionContext, directory: string, config: object): Promise<Server> {
  const source = textSource(path.join(directory, 'fusewire.json'), JSON.stringify(config));
  const server = await Server.start(await checkConfig(source, registry), registry);
  t.teardown(() => server.stop());
  return server;
}

/** A directory with the directories `names` in it. */
export function directories(t: ExecutionContext, ...names: string[]): string {
  const directory = temporaryDirectory(t);
  for (const name of names) mkdirSync(path.join(directory, name));
  return directory;
}

/** A guest of its own that has mounted the share on a socket. */
export async function guest(t: ExecutionContext, socket: string): Promise<Driver> {
  const driver = await Driver.connect(socket, { registry: new Registry() });
  t.teardown(() => driver.close());
  await driver.mount();
  return driver;
}

/** What flock(2) on an open file makes a guest's kernel send. */
export async function flock(driver: Driver, file: OpenFile, type: LockType, opcode: Opcode.SETLK | Opcode.SETLKW = Opcode.SETLK): Promise<void> {
  const body = fields(LkIn.size_);
  putU64(body, LkIn.fh >> 2, file.handle);
  body[LkIn.owner >> 2] = file.handle;
  putU64(body, (LkIn.lk >> 2) + 2, Number.MAX_SAFE_INTEGER);
  body[(LkIn.lk >> 2) + 4] = type;
  body[LkIn.lk_flags >> 2] = LK_FLOCK;
  await driver.mounted!.call(opcode, file.node, join(body), 0);
}
