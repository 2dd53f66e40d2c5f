import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { CopyFileRangeRequest, FallocateRequest, FlushRequest, FsyncRequest, IoctlReply, IoctlRequest, LseekRequest, ReadRequest, SyncfsRequest, WriteRequest } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import type { Union } from './union.js';

type OnFile = FallocateRequest | FlushRequest | FsyncRequest | IoctlRequest | LseekRequest | ReadRequest | WriteRequest;

/** Lets the layer answer that has the file open; `absent`: the answer of a layer that has no handler. */
function forward<T>(union: Union, opcode: Opcode, request: OnFile, absent: T): Result<T> {
  const file = union.files.get(request.handle);
  if (!file) return Errno.EBADF;
  const handler = file.layer.client.table[opcode];
  if (!handler) return absent;
  request.passOn(file.inner, file.value);
  return handler(request) as Result<T>;
}

export function read(union: Union, request: ReadRequest): Result<Uint8Array> {
  return forward<Uint8Array | Errno>(union, Opcode.READ, request, Errno.ENOSYS) as Result<Uint8Array>;
}

/** Only what is open on the upper layer can have been opened for writing. */
export function write(union: Union, request: WriteRequest): Result<number> {
  if (union.files.get(request.handle)?.layer !== union.upper) return Errno.EBADF;
  return forward<number>(union, Opcode.WRITE, request, Errno.ENOSYS);
}

export function fsync(union: Union, request: FsyncRequest): Result {
  return union.upper?.isVolatile ? Done : forward(union, Opcode.FSYNC, request, Done);
}

export function flush(union: Union, request: FlushRequest): Result {
  return forward(union, Opcode.FLUSH, request, Done);
}

export function fallocate(union: Union, request: FallocateRequest): Result {
  if (union.files.get(request.handle)?.layer !== union.upper) return Errno.EBADF;
  return forward<Done | Errno>(union, Opcode.FALLOCATE, request, Errno.EOPNOTSUPP) as Result;
}

export function lseek(union: Union, request: LseekRequest): Result<number> {
  return forward<number>(union, Opcode.LSEEK, request, Errno.ENOSYS);
}

/** File attributes of lsattr(1) and chattr(1); to set them is a change. */
export function ioctl(union: Union, request: IoctlRequest): Result<IoctlReply> {
  const file = union.files.get(request.handle);
  const node = union.node(request.node);
  if (!file || node.directory) return Errno.ENOTTY;
  const sets = request.command >>> 30 === IOC_WRITE;
  const pass = (): Result<IoctlReply> => forward<IoctlReply | Errno>(union, Opcode.IOCTL, request, Errno.ENOTTY) as Result<IoctlReply>;
  if (!sets || file.layer === union.upper) return pass();
  const copied = run(copyUp(union, node, Infinity));
  return copied instanceof Promise ? copied.then((error) => error || pass()) : copied || pass();
}
const IOC_WRITE = 1;

/** Between files of different layers the kernel copies by itself. */
export function copyFileRange(union: Union, request: CopyFileRangeRequest): Result<number> {
  const from = union.files.get(request.handle);
  const to = union.files.get(request.targetHandle);
  if (!from || !to || to.layer !== union.upper) return Errno.EBADF;
  if (from.layer !== to.layer) return Errno.EXDEV;
  const { offset, targetOffset, size } = request;
  const copied = to.layer.client.copyFileRange(from.inner, from.handle, offset, to.inner, to.handle, targetOffset, size);
  return copied === Errno.ENOSYS ? Errno.EOPNOTSUPP : copied;
}

/** Only the upper layer can have anything to write back. */
export function syncfs({ upper }: Union, _request: SyncfsRequest): Result {
  if (!upper || upper.isVolatile) return Done;
  const done = upper.client.syncfs(upper.root);
  return done instanceof Promise ? done.then(orNothing) : orNothing(done);
}
const orNothing = (error: number): Errno | Done => error === Errno.ENOSYS ? Done : asErrno(error);
