import { openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { z } from 'zod';
import { Attributes, Done, type Entry, Errno, FileSystem, Handles, Opcode } from '../../index.js';
import type { GetattrRequest, LookupRequest, ReaddirRequest } from '../../index.js';

const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** What comes of opening a file of the host, on the loop and on the thread pool, to read and to make one, and of a connection. */
const ATTEMPTS: Record<string, (target: string) => unknown> = {
  loop: (target) => openSync(target, 'r'),
  pool: (target) => open(target, 'r'),
  make: (target) => openSync(`${target}.made`, 'w'),
  tcp: () => new Promise((resolve, reject) => connect(9, '127.0.0.1').once('connect', resolve).once('error', reject)),
};

/** A file system that tries to leave its sandbox: to look up `loop`, `pool`, `make` or `tcp` is to try, and the errno is the answer. */
@FileSystem({ name: 'prying', options: z.object({}) })
export default class Prying {
  @Handles(Opcode.LOOKUP) async lookup({ name }: LookupRequest): Promise<Entry | Errno> {
    try {
      await ATTEMPTS[name]!(process.env['PRYING_TARGET']!);
      return { node: 2, attributes: this.attributes(2) };
    } catch (error) {
      return Errno[code(error) as keyof typeof Errno] ?? Errno.EIO;
    }
  }
  @Handles(Opcode.GETATTR) getattr({ node }: GetattrRequest): Attributes {
    return this.attributes(node);
  }
  @Handles(Opcode.READDIR) readdir(_request: ReaddirRequest): Done {
    return Done;
  }
  private attributes(node: number): Attributes {
    return new Attributes(node === 1 ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444 });
  }
}
