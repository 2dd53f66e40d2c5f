import 'reflect-metadata';
import { Mount } from '../../core/mount.js';
import { silent } from '../../core/log.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Registry } from '../../core/registry.js';
import { MemoryFs, memoryOptions } from '../../plugins/memory/index.js';
import { LoopbackTransport } from '../../transports/loopback/transport.js';
import { Connection } from '../conformance/loopback/connection.js';
import { agree } from '../conformance/loopback/features.js';
import { Inodes } from '../conformance/loopback/inodes.js';
import { Requests } from '../conformance/loopback/posix.js';
import type { Posix } from '../conformance/posix.js';

const registry = new Registry();
registry.addFileSystem(MemoryFs);
registry.addTransport(LoopbackTransport);

/** Runs a test on a new memory file system, with a kernel's end of the connection in this process. */
export async function visit<T>(options: object, run: (fs: Posix, mount: Mount) => Promise<T>): Promise<T> {
  const filesystem = { use: 'memory', options: memoryOptions.parse({ mode: '755', ...options }) };
  const mount = new Mount({ name: 'memory', transport: { use: 'loopback', options: {} }, filesystem, cache: 'auto', timeout: 1, writeback: false } as never, registry, silent);
  await mount.start();
  try {
    const transport = mount.transport as LoopbackTransport;
    const connection = new Connection((message) => transport.request(message));
    const result = await run(new Requests(connection, new Inodes(connection), await agree(connection)), mount);
    await connection.request(Opcode.DESTROY, 0n);
    return result;
  } finally {
    await mount.stop();
  }
}
