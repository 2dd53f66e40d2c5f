import type { Channel } from '../channel/channel.js';
import type { RequestContext } from '../filesystem/context.js';
import type { Request } from '../filesystem/request.js';
import * as r from '../filesystem/requests/index.js';
import { Opcode, OPCODE_LIMIT } from '../protocol/opcode.js';
import * as s from '../protocol/structs.js';

/** How requests of one opcode are decoded: the class, and the bytes of fixed arguments that must be there. */
export interface RequestType {
  readonly Request: new (channel: Channel, slot: number, context: RequestContext) => Request<unknown>;
  readonly fixed: number;
  /** Bytes of the reply's fixed body; a handler that answers `Done` must have put them in place. */
  readonly body: number;
}

const table: (RequestType | undefined)[] = Array.from<RequestType | undefined>({ length: OPCODE_LIMIT });

function type(opcode: Opcode, Request: new (channel: Channel, slot: number, context: RequestContext) => Request<never>, fixed: number, body = 0): void {
  table[opcode] = { Request: Request as RequestType['Request'], fixed, body };
}

type(Opcode.LOOKUP, r.LookupRequest, 0, s.EntryOut.size_);
type(Opcode.GETATTR, r.GetattrRequest, s.GetattrIn.size_, s.AttrOut.size_);
type(Opcode.SETATTR, r.SetattrRequest, s.SetattrIn.size_, s.AttrOut.size_);
type(Opcode.READLINK, r.ReadlinkRequest, 0);
type(Opcode.SYMLINK, r.SymlinkRequest, 0, s.EntryOut.size_);
type(Opcode.MKNOD, r.MknodRequest, s.MknodIn.size_, s.EntryOut.size_);
type(Opcode.MKDIR, r.MkdirRequest, s.MkdirIn.size_, s.EntryOut.size_);
type(Opcode.UNLINK, r.RemoveRequest, 0);
type(Opcode.RMDIR, r.RemoveRequest, 0);
type(Opcode.RENAME, r.PlainRenameRequest, s.RenameIn.size_);
type(Opcode.LINK, r.LinkRequest, s.LinkIn.size_, s.EntryOut.size_);
type(Opcode.OPEN, r.OpenRequest, s.OpenIn.size_, s.OpenOut.size_);
type(Opcode.READ, r.ReadRequest, s.ReadIn.size_);
type(Opcode.WRITE, r.WriteRequest, s.WriteIn.size_, s.WriteOut.size_);
type(Opcode.STATFS, r.StatfsRequest, 0, s.StatfsOut.size_);
type(Opcode.RELEASE, r.ReleaseRequest, s.ReleaseIn.size_);
type(Opcode.FSYNC, r.FsyncRequest, s.FsyncIn.size_);
type(Opcode.SETXATTR, r.SetxattrRequest, 8);
type(Opcode.GETXATTR, r.GetxattrRequest, s.GetxattrIn.size_);
type(Opcode.LISTXATTR, r.ListxattrRequest, s.GetxattrIn.size_);
type(Opcode.REMOVEXATTR, r.RemovexattrRequest, 0);
type(Opcode.FLUSH, r.FlushRequest, s.FlushIn.size_);
type(Opcode.OPENDIR, r.OpendirRequest, s.OpenIn.size_, s.OpenOut.size_);
type(Opcode.READDIR, r.ReaddirRequest, s.ReadIn.size_);
type(Opcode.RELEASEDIR, r.ReleasedirRequest, s.ReleaseIn.size_);
type(Opcode.FSYNCDIR, r.FsyncdirRequest, s.FsyncIn.size_);
type(Opcode.GETLK, r.LockRequest, s.LkIn.size_, s.LkOut.size_);
type(Opcode.SETLK, r.LockRequest, s.LkIn.size_);
type(Opcode.SETLKW, r.LockRequest, s.LkIn.size_);
type(Opcode.ACCESS, r.AccessRequest, s.AccessIn.size_);
type(Opcode.CREATE, r.CreateRequest, s.CreateIn.size_, s.EntryOut.size_ + s.OpenOut.size_);
type(Opcode.BMAP, r.BmapRequest, s.BmapIn.size_, s.BmapOut.size_);
type(Opcode.IOCTL, r.IoctlRequest, s.IoctlIn.size_, s.IoctlOut.size_);
type(Opcode.POLL, r.PollRequest, s.PollIn.size_, s.PollOut.size_);
type(Opcode.FALLOCATE, r.FallocateRequest, s.FallocateIn.size_);
type(Opcode.READDIRPLUS, r.ReaddirplusRequest, s.ReadIn.size_);
type(Opcode.RENAME2, r.RenameRequest, s.Rename2In.size_);
type(Opcode.LSEEK, r.LseekRequest, s.LseekIn.size_, s.LseekOut.size_);
type(Opcode.COPY_FILE_RANGE, r.CopyFileRangeRequest, s.CopyFileRangeIn.size_, s.WriteOut.size_);
type(Opcode.SETUPMAPPING, r.SetupmappingRequest, s.SetupmappingIn.size_);
type(Opcode.REMOVEMAPPING, r.RemovemappingRequest, s.RemovemappingIn.size_);
type(Opcode.SYNCFS, r.SyncfsRequest, s.SyncfsIn.size_);
type(Opcode.TMPFILE, r.TmpfileRequest, s.CreateIn.size_, s.EntryOut.size_ + s.OpenOut.size_);
type(Opcode.STATX, r.StatxRequest, s.StatxIn.size_, s.StatxOut.size_);
type(Opcode.COPY_FILE_RANGE_64, r.CopyFileRange64Request, s.CopyFileRangeIn.size_, s.CopyFileRangeOut.size_);

/** Indexed by opcode; what is missing is the session's own business or unknown. */
export const requestTypes: readonly (RequestType | undefined)[] = table;
