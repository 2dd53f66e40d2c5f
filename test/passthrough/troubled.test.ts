import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { FlushIn, FsyncIn } from '../../core/protocol/structs.js';
import { start, temporary } from '../cli/run.js';
import { Guest, root, withHandle } from './guest.js';

const { EDQUOT, EIO } = os.constants.errno;
const onHost = root && existsSync('/dev/fuse') ? test : test.skip;

/** A share of a file system that fails, which another process serves. */
async function troubled(t: ExecutionContext, run: (guest: Guest, at: string) => Promise<void>): Promise<void> {
  const dir = temporary(t);
  const at = path.join(dir, 'at');
  mkdirSync(at);
  const plugin = path.join(import.meta.dirname, 'troubled.js');
  writeFileSync(path.join(dir, 'fusewire.json'), JSON.stringify({ mounts: [{ name: 'troubled', transport: { use: 'fuse', mountpoint: at }, filesystem: { use: plugin } }] }));
  const server = start(['serve', '-c', path.join(dir, 'fusewire.json')]);
  try {
    await server.said(/serving/);
    await Guest.visit(t, { source: at }, (guest) => run(guest, at));
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
  }
}

onHost('what the host tells at close(2) reaches who closes', (t) => troubled(t, async (guest) => {
  const { node } = await guest.lookup(1, 'file');
  const handle = (await guest.open(node, 2)) as Uint8Array;
  t.is(await guest.error(Opcode.FLUSH, node, withHandle(new Uint8Array(FlushIn.size_), handle)), -EDQUOT);
  await guest.release(node, handle);
}));

onHost('an fsync(2) that hangs holds nobody up, and its failure reaches the caller', (t) => troubled(t, async (guest, at) => {
  const { node } = await guest.lookup(1, 'file');
  const handle = (await guest.open(node, 2)) as Uint8Array;
  let ended = false;
  const fsync = guest.error(Opcode.FSYNC, node, withHandle(new Uint8Array(FsyncIn.size_), handle)).finally(() => (ended = true));
  t.is((await guest.getattr(1)).node, 1);
  t.false(ended);
  await guest.release(node, handle);
  // The fsync may still be on its way to the server: look until it has been there.
  let failure: number | undefined;
  while (failure === undefined) {
    t.false(existsSync(path.join(at, 'other')));
    failure = await Promise.race([fsync, delay(10, undefined)]);
  }
  t.is(failure, -EIO);
}));
