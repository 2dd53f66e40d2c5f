import { constants } from 'node:fs';
import { Errno } from '../../../core/filesystem/errno.js';
import { Handles, Options } from '../../../core/filesystem/decorators.js';
import type { Handlers } from '../../../core/filesystem/handlers.js';
import { Inner, Layer } from '../../../core/filesystem/layer.js';
import type * as r from '../../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../../core/filesystem/result.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import { type ReadonlyOptions, readonlyOptions } from './options.js';

const { O_RDONLY, O_TRUNC, W_OK } = constants;
const O_ACCMODE = 3;
const O_NOATIME = 0o1000000;
/** _IOC_WRITE: the caller hands data over, to change something. */
const IOC_WRITE = 0x4000_0000;
/** SETUPMAPPING for writing. */
const MAP_WRITE = 1;

/** What a read-only bind mount is to what lies below it: nothing changes through it, access times neither. Locks are no change. */
@Layer({
  name: 'readonly',
  options: readonlyOptions,
  description: 'lets nobody change anything, as a read-only bind mount does',
  adds: [Opcode.MKNOD, Opcode.MKDIR, Opcode.SYMLINK, Opcode.LINK, Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME2, Opcode.SETATTR, Opcode.WRITE],
})
export class ReadonlyLayer {
  readonly traits: Traits;
  /** What is added to the flags of an open. */
  private readonly flags: number;

  constructor(@Options() { noatime }: ReadonlyOptions, @Inner() private readonly inner: Handlers) {
    // A kernel that reads a file by itself moves its access time.
    this.traits = { seesData: noatime };
    this.flags = noatime ? O_NOATIME : 0;
  }

  @Handles(Opcode.MKNOD) @Handles(Opcode.MKDIR) @Handles(Opcode.SYMLINK) @Handles(Opcode.LINK) @Handles(Opcode.CREATE) @Handles(Opcode.TMPFILE)
  @Handles(Opcode.UNLINK) @Handles(Opcode.RMDIR) @Handles(Opcode.RENAME2)
  @Handles(Opcode.SETATTR) @Handles(Opcode.SETXATTR) @Handles(Opcode.REMOVEXATTR)
  @Handles(Opcode.WRITE) @Handles(Opcode.FALLOCATE) @Handles(Opcode.COPY_FILE_RANGE)
  refuse(): Errno {
    return Errno.EROFS;
  }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) {
    if ((request.flags & O_ACCMODE) !== O_RDONLY || (request.flags & O_TRUNC) !== 0) return Errno.EROFS;
    request.flags |= this.flags;
    return this.inner[Opcode.OPEN](request);
  }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) {
    request.flags |= this.flags;
    return this.inner[Opcode.OPENDIR](request);
  }

  @Handles(Opcode.READ) read(request: r.ReadRequest) {
    request.flags |= this.flags;
    return this.inner[Opcode.READ](request);
  }

  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) {
    request.flags |= this.flags;
    return this.inner[Opcode.READDIR](request);
  }

  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) {
    request.flags |= this.flags;
    return this.inner[Opcode.READDIRPLUS](request);
  }

  /** Who lacks the permission is told that first, as access(2) does. */
  @Handles(Opcode.ACCESS) access(request: r.AccessRequest): Result {
    const writes = (request.mask & W_OK) !== 0;
    const result = this.inner[Opcode.ACCESS](request);
    if (!writes) return result;
    return result instanceof Promise ? result.then(orReadonly) : orReadonly(result);
  }

  @Handles(Opcode.IOCTL) ioctl(request: r.IoctlRequest) {
    return (request.command & IOC_WRITE) === 0 ? this.inner[Opcode.IOCTL](request) : Errno.EROFS;
  }

  @Handles(Opcode.SETUPMAPPING) setupmapping(request: r.SetupmappingRequest) {
    return (request.flags & MAP_WRITE) === 0 ? this.inner[Opcode.SETUPMAPPING](request) : Errno.EROFS;
  }
}

function orReadonly(error: Done | Errno): Errno {
  return error === Done ? Errno.EROFS : error;
}
