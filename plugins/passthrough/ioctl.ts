import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { IoctlReply, IoctlRequest } from '../../core/filesystem/requests/index.js';
import { native, slab } from '../../native/index.js';
import { become, leave } from './caller.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

/** Bytes of an ioctl's argument, _IOC_SIZE of its number; those served have at most 28 (`struct fsxattr`). */
const size = (command: number): number => (command >>> 16) & 0x3fff;
const SIZE_MAX = 64;
/** _IOC_WRITE: the caller hands data over, which here means that it changes the file. */
const WRITES = 0x4000_0000;

/** File flags and project ids (chattr(1), lsattr(1)); the addon knows which numbers are served. */
export function ioctl({ readonly }: Share, request: IoctlRequest): IoctlReply | Errno {
  const { command } = request;
  const bytes = size(command);
  if (bytes > SIZE_MAX) return Errno.ENOTTY;
  if (readonly && (command & WRITES) !== 0) return Errno.EROFS;
  slab.u8.fill(0, scratch.records, scratch.records + SIZE_MAX);
  slab.u8.set(request.data.subarray(0, bytes), scratch.records);
  const result = become(request) || native.ioctl(request.handle, command, scratch.records);
  leave(request);
  return result < 0 ? asErrno(result) : { result, data: slab.u8.subarray(scratch.records, scratch.records + Math.min(bytes, request.outSize)) };
}
