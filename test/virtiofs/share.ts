import type { ExecutionContext } from 'ava';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Errno } from '../../core/filesystem/errno.js';
import { FileSystem, Handles } from '../../core/filesystem/decorators.js';
import type { ReadlinkRequest } from '../../core/filesystem/requests/index.js';
import type { Log } from '../../core/log.js';
import { Mount } from '../../core/mount.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Registry } from '../../core/registry.js';
import { VirtiofsTransport } from '../../transports/virtiofs/transport.js';

/** STATFS is answered at once (by the session); READLINK when the test says so, or with EINTR when it is interrupted. */
@FileSystem({ name: 'waiting', options: z.object({}) })
export class WaitingFs {
  readonly waiting: (() => void)[] = [];
  private wake: (() => void) | undefined;
  interrupted = 0;

  @Handles(Opcode.READLINK)
  readlink(request: ReadlinkRequest): Promise<string | Errno> {
    return new Promise((resolve) => {
      request.signal.addEventListener('abort', () => {
        this.interrupted++;
        resolve(Errno.EINTR);
      });
      this.waiting.push(() => resolve('target'));
      this.wake?.();
    });
  }

  /** Resolves when `count` requests wait. */
  async has(count: number): Promise<void> {
    while (this.waiting.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

export interface Share {
  readonly socket: string;
  readonly mount: Mount;
  readonly files: WaitingFs;
  /** Warnings logged so far. */
  readonly warnings: string[];
}

/** Serves a `WaitingFs` on a socket of its own until the test ends. */
export async function share(t: ExecutionContext, queues = 1): Promise<Share> {
  const directory = mkdtempSync(path.join(tmpdir(), 'fusewire-'));
  const socket = path.join(directory, 'socket');
  const registry = new Registry();
  registry.addFileSystem(WaitingFs);
  registry.addTransport(VirtiofsTransport);
  const warnings: string[] = [];
  const log: Log = { debug() {}, info() {}, warn: (_fields, message) => warnings.push(message), error: (_fields, message) => warnings.push(message) };
  const mount = new Mount({
    name: 'share',
    transport: { use: 'virtiofs', options: { socket, tag: 'tag', queues, mode: 0o600 } },
    filesystem: { use: 'waiting', options: {} },
    cache: 'auto',
    timeout: 1, poll: 0, locks: 'server', shortcuts: true,
    writeback: false,
  }, registry, log);
  await mount.start();
  t.teardown(async () => {
    await mount.stop();
    rmSync(directory, { recursive: true });
  });
  return { socket, mount, files: mount.plugin.plugin as WaitingFs, warnings };
}
