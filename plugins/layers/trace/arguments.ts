import type * as r from '../../../core/filesystem/requests/index.js';
import { SetattrValid } from '../../../core/protocol/flags.js';
import { Opcode } from '../../../core/protocol/opcode.js';

type Arguments = Record<string, unknown>;
type Describe = (request: never, data: boolean) => Arguments;

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

const named = ({ name }: { name: string }): Arguments => ({ name });
const onHandle = ({ handle }: { handle: number }): Arguments => ({ handle });
const making = ({ name, mode, umask, supplementaryGroup }: r.MkdirRequest): Arguments => ({ name, mode, umask, ...supplementaryGroup >= 0 && { supplementaryGroup } });
const synced = ({ handle, datasync }: r.FsyncRequest): Arguments => ({ handle, datasync });
const listed = ({ handle, offsetLow, offsetHigh, size }: r.ReaddirRequest): Arguments => ({ handle, start: offsetLow === 0 && offsetHigh === 0, size });

const renamed = ({ name, newParent, newName, flags }: r.RenameRequest): Arguments => ({ name, newParent, newName, flags });
const copied = ({ handle, offset, targetNode, targetHandle, targetOffset, size }: r.CopyFileRangeRequest): Arguments => ({ handle, offset, targetNode, targetHandle, targetOffset, size });

/** What is set, by the names that requests have for it; `now` for a time that is to be the present one. */
function sets(request: r.SetattrRequest): Arguments {
  const { valid } = request;
  const has = (bit: number): boolean => (valid & bit) !== 0;
  const time = (now: number, seconds: number, nsec: number): unknown => (has(now) ? 'now' : [seconds, nsec]);
  return {
    ...has(SetattrValid.MODE) && { mode: request.mode }, ...has(SetattrValid.UID) && { uid: request.newUid }, ...has(SetattrValid.GID) && { gid: request.newGid },
    ...has(SetattrValid.SIZE) && { size: request.size },
    ...has(SetattrValid.ATIME) && { atime: time(SetattrValid.ATIME_NOW, request.atime, request.atimeNsec) },
    ...has(SetattrValid.MTIME) && { mtime: time(SetattrValid.MTIME_NOW, request.mtime, request.mtimeNsec) },
    ...has(SetattrValid.FH) && { handle: request.handle },
  };
}

const describers: Partial<Record<Opcode, Describe>> = {
  [Opcode.LOOKUP]: named,
  [Opcode.GETATTR]: onHandle,
  [Opcode.SETATTR]: sets,
  [Opcode.MKNOD]: (request: r.MknodRequest) => ({ ...making(request as never), rdev: request.rdev }),
  [Opcode.MKDIR]: making,
  [Opcode.SYMLINK]: ({ name, target }: r.SymlinkRequest) => ({ name, target }),
  [Opcode.LINK]: ({ name, source }: r.LinkRequest) => ({ name, source }),
  [Opcode.UNLINK]: named,
  [Opcode.RMDIR]: named,
  [Opcode.RENAME]: renamed,
  [Opcode.RENAME2]: renamed,
  [Opcode.CREATE]: (request: r.CreateRequest) => ({ ...making(request as never), flags: request.flags }),
  [Opcode.TMPFILE]: (request: r.TmpfileRequest) => ({ ...making(request as never), flags: request.flags }),
  [Opcode.OPEN]: ({ flags, openFlags }: r.OpenRequest) => ({ flags, openFlags }),
  [Opcode.OPENDIR]: ({ flags }: r.OpenRequest) => ({ flags }),
  [Opcode.READ]: ({ handle, offset, size }: r.ReadRequest) => ({ handle, offset, size }),
  [Opcode.WRITE]: (request: r.WriteRequest, data) => ({ handle: request.handle, offset: request.offset, size: request.size, ...data && { data: base64(request.data) } }),
  [Opcode.RELEASE]: onHandle,
  [Opcode.RELEASEDIR]: onHandle,
  [Opcode.FLUSH]: onHandle,
  [Opcode.FSYNC]: synced,
  [Opcode.FSYNCDIR]: synced,
  [Opcode.FALLOCATE]: ({ handle, mode, offset, size }: r.FallocateRequest) => ({ handle, mode, offset, size }),
  [Opcode.LSEEK]: ({ handle, offset, whence }: r.LseekRequest) => ({ handle, offset, whence }),
  [Opcode.COPY_FILE_RANGE]: copied,
  [Opcode.COPY_FILE_RANGE_64]: copied,
  [Opcode.READDIR]: listed,
  [Opcode.READDIRPLUS]: listed,
  [Opcode.GETXATTR]: ({ name, size }: r.GetxattrRequest) => ({ name, size }),
  [Opcode.LISTXATTR]: ({ size }: r.ListxattrRequest) => ({ size }),
  [Opcode.SETXATTR]: ({ name, value, flags, killSetgid }: r.SetxattrRequest) => ({ name, value: base64(value), flags, ...killSetgid && { killSetgid } }),
  [Opcode.REMOVEXATTR]: named,
  [Opcode.ACCESS]: ({ mask }: r.AccessRequest) => ({ mask }),
};

const nothing = (): Arguments => ({});

/** What a recording says of a request of this kind. */
export function argumentsOf(opcode: Opcode): (request: never, data: boolean) => Arguments {
  return describers[opcode] ?? nothing;
}
