import { z } from 'zod';
import { Attributes } from '../../core/filesystem/attributes.js';
import { FileSystem, Handles } from '../../core/filesystem/decorators.js';
import type { Entry } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { GetattrRequest, LookupRequest } from '../../core/filesystem/requests/index.js';
import { Opcode } from '../../core/protocol/opcode.js';

/** A file system in trouble: whoever closes its one file is over quota, and an fsync(2) hangs until somebody looks for another, when it fails. */
@FileSystem({ name: 'troubled', options: z.object({}) })
export default class TroubledFs {
  private readonly file = new Attributes({ mode: 0o100644 });
  private readonly waiting: ((error: Errno) => void)[] = [];

  @Handles(Opcode.LOOKUP) lookup({ name }: LookupRequest): Entry | Errno {
    if (name === 'file') return { node: 2, attributes: this.file };
    for (const fail of this.waiting.splice(0)) fail(Errno.EIO);
    return Errno.ENOENT;
  }
  @Handles(Opcode.GETATTR) getattr({ node }: GetattrRequest): Attributes {
    return node === 1 ? new Attributes({ mode: 0o40755, nlink: 2 }) : this.file;
  }
  @Handles(Opcode.FLUSH) flush(): Errno {
    return Errno.EDQUOT;
  }
  @Handles(Opcode.FSYNC) fsync(): Promise<Errno> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
