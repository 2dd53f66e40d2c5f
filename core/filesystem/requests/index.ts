export * from './attributes.js';
export * from './control.js';
export * from './data.js';
export * from './directory.js';
export * from './entry.js';
export * from './lock.js';
export { PlainRenameRequest, RemoveRequest, RenameRequest } from './name.js';
export * from './node.js';
export {
  FlushRequest, FsyncdirRequest, FsyncRequest, OpendirRequest, OpenRequest, type Release, ReleasedirRequest, ReleaseRequest,
} from './open.js';
export * from './xattr.js';
