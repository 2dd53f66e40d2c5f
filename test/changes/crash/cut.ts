import { z } from 'zod';
import { Options } from '../../../core/filesystem/decorators.js';
import { type AnsweredOpcode, Layer, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import { Opcode } from '../../../core/protocol/opcode.js';

const CHANGES: ReadonlySet<Opcode> = new Set([
  Opcode.MKDIR, Opcode.MKNOD, Opcode.SYMLINK, Opcode.LINK, Opcode.CREATE, Opcode.TMPFILE, Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME, Opcode.RENAME2,
  Opcode.SETATTR, Opcode.SETXATTR, Opcode.REMOVEXATTR, Opcode.WRITE, Opcode.COPY_FILE_RANGE, Opcode.FALLOCATE,
]);

/** The number of changes that are still made, by all of these layers in the process; Infinity until it counts. */
export const life = { left: Infinity };

/** Kills the process in place of a change. */
@Layer({ name: 'cut', options: z.object({}) })
export class CutLayer {
  constructor(@Options() _options: object) {}

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    if (!CHANGES.has(opcode)) return next;
    return (request) => {
      if (life.left-- <= 0) process.kill(process.pid, 'SIGKILL');
      return next(request);
    };
  }
}
