export * from './attributes.js';
export * from './control.js';
export { CreateRequest, MkdirRequest, MknodRequest, SymlinkRequest, TmpfileRequest } from './create.js';
export * from './data.js';
export * from './directory.js';
export { EntryRequest, LinkRequest, LookupRequest } from './entry.js';
export * from './lock.js';
export { PlainRenameRequest, RemoveRequest, RenameRequest } from './name.js';
export * from './node.js';
export {
  FlushRequest, FsyncdirRequest, FsyncRequest, OpendirRequest, OpenRequest, type Release, ReleasedirRequest, ReleaseRequest,
} from './open.js';
export * from './xattr.js';
