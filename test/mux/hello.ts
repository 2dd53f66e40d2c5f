import { z } from 'zod';
import { Attributes, Done, type Entry, Errno, FileSystem, Handles, Opcode } from '../../index.js';
import type { GetattrRequest, LookupRequest, ReaddirRequest, ReadRequest } from '../../index.js';

const TEXT = Buffer.from('hello\n');

/** A file system with the fewest handlers and node numbers that it never asked for. */
@FileSystem({ name: 'hello', options: z.object({}) })
export default class Hello {
  @Handles(Opcode.LOOKUP) lookup({ name }: LookupRequest): Entry | Errno {
    return name === 'hello' ? { node: 2, attributes: this.attributes(2) } : Errno.ENOENT;
  }
  @Handles(Opcode.GETATTR) getattr({ node }: GetattrRequest): Attributes {
    return this.attributes(node);
  }
  @Handles(Opcode.READDIR) readdir(request: ReaddirRequest): Done {
    if (request.offset === 0) request.add('hello', 2, 8, 1);
    return Done;
  }
  @Handles(Opcode.READ) read({ offset, size }: ReadRequest): Uint8Array {
    return TEXT.subarray(offset, offset + size);
  }
  private attributes(node: number): Attributes {
    return new Attributes(node === 1 ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444, size: TEXT.length });
  }
}
