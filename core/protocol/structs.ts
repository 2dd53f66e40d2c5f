/**
 * Byte offsets of every FUSE struct (kernel header `linux/fuse.h`, protocol 7.45), `size_` being the whole struct.
 * This is the one struct table: codecs take their offsets from it, and a test compares it with the kernel's header.
 * All integers are in the guest's byte order, which for every guest served here is little-endian.
 */

export const enum Attr {
  ino = 0,
  size = 8,
  blocks = 16,
  atime = 24,
  mtime = 32,
  ctime = 40,
  atimensec = 48,
  mtimensec = 52,
  ctimensec = 56,
  mode = 60,
  nlink = 64,
  uid = 68,
  gid = 72,
  rdev = 76,
  blksize = 80,
  flags = 84,
  size_ = 88,
}

export const enum SxTime {
  tv_sec = 0,
  tv_nsec = 8,
  size_ = 16,
}

export const enum Statx {
  mask = 0,
  blksize = 4,
  attributes = 8,
  nlink = 16,
  uid = 20,
  gid = 24,
  mode = 28,
  ino = 32,
  size = 40,
  blocks = 48,
  attributes_mask = 56,
  atime = 64,
  btime = 80,
  ctime = 96,
  mtime = 112,
  rdev_major = 128,
  rdev_minor = 132,
  dev_major = 136,
  dev_minor = 140,
  size_ = 256,
}

export const enum Kstatfs {
  blocks = 0,
  bfree = 8,
  bavail = 16,
  files = 24,
  ffree = 32,
  bsize = 40,
  namelen = 44,
  frsize = 48,
  size_ = 80,
}

export const enum FileLock {
  start = 0,
  end = 8,
  type = 16,
  pid = 20,
  size_ = 24,
}

export const enum EntryOut {
  nodeid = 0,
  generation = 8,
  entry_valid = 16,
  attr_valid = 24,
  entry_valid_nsec = 32,
  attr_valid_nsec = 36,
  attr = 40,
  size_ = 128,
}

export const enum ForgetIn {
  nlookup = 0,
  size_ = 8,
}

export const enum ForgetOne {
  nodeid = 0,
  nlookup = 8,
  size_ = 16,
}

export const enum BatchForgetIn {
  count = 0,
  size_ = 8,
}

export const enum GetattrIn {
  getattr_flags = 0,
  fh = 8,
  size_ = 16,
}

export const enum AttrOut {
  attr_valid = 0,
  attr_valid_nsec = 8,
  attr = 16,
  size_ = 104,
}

export const enum StatxIn {
  getattr_flags = 0,
  fh = 8,
  sx_flags = 16,
  sx_mask = 20,
  size_ = 24,
}

export const enum StatxOut {
  attr_valid = 0,
  attr_valid_nsec = 8,
  flags = 12,
  stat = 32,
  size_ = 288,
}

export const enum MknodIn {
  mode = 0,
  rdev = 4,
  umask = 8,
  size_ = 16,
}

export const enum MkdirIn {
  mode = 0,
  umask = 4,
  size_ = 8,
}

export const enum RenameIn {
  newdir = 0,
  size_ = 8,
}

export const enum Rename2In {
  newdir = 0,
  flags = 8,
  size_ = 16,
}

export const enum LinkIn {
  oldnodeid = 0,
  size_ = 8,
}

export const enum SetattrIn {
  valid = 0,
  fh = 8,
  size = 16,
  lock_owner = 24,
  atime = 32,
  mtime = 40,
  ctime = 48,
  atimensec = 56,
  mtimensec = 60,
  ctimensec = 64,
  mode = 68,
  uid = 76,
  gid = 80,
  size_ = 88,
}

export const enum OpenIn {
  flags = 0,
  open_flags = 4,
  size_ = 8,
}

export const enum CreateIn {
  flags = 0,
  mode = 4,
  umask = 8,
  open_flags = 12,
  size_ = 16,
}

export const enum OpenOut {
  fh = 0,
  open_flags = 8,
  backing_id = 12,
  size_ = 16,
}

export const enum ReleaseIn {
  fh = 0,
  flags = 8,
  release_flags = 12,
  lock_owner = 16,
  size_ = 24,
}

export const enum FlushIn {
  fh = 0,
  lock_owner = 16,
  size_ = 24,
}

export const enum ReadIn {
  fh = 0,
  offset = 8,
  size = 16,
  read_flags = 20,
  lock_owner = 24,
  flags = 32,
  size_ = 40,
}

export const enum WriteIn {
  fh = 0,
  offset = 8,
  size = 16,
  write_flags = 20,
  lock_owner = 24,
  flags = 32,
  size_ = 40,
}

export const enum WriteOut {
  size = 0,
  size_ = 8,
}

export const enum StatfsOut {
  st = 0,
  size_ = 80,
}

export const enum FsyncIn {
  fh = 0,
  fsync_flags = 8,
  size_ = 16,
}

export const enum SetxattrIn {
  size = 0,
  flags = 4,
  setxattr_flags = 8,
  size_ = 16,
}

export const enum GetxattrIn {
  size = 0,
  size_ = 8,
}

export const enum GetxattrOut {
  size = 0,
  size_ = 8,
}

export const enum LkIn {
  fh = 0,
  owner = 8,
  lk = 16,
  lk_flags = 40,
  size_ = 48,
}

export const enum LkOut {
  lk = 0,
  size_ = 24,
}

export const enum AccessIn {
  mask = 0,
  size_ = 8,
}

export const enum InitIn {
  major = 0,
  minor = 4,
  max_readahead = 8,
  flags = 12,
  flags2 = 16,
  size_ = 64,
}

export const enum InitOut {
  major = 0,
  minor = 4,
  max_readahead = 8,
  flags = 12,
  max_background = 16,
  congestion_threshold = 18,
  max_write = 20,
  time_gran = 24,
  max_pages = 28,
  map_alignment = 30,
  flags2 = 32,
  max_stack_depth = 36,
  request_timeout = 40,
  size_ = 64,
}

export const enum CuseInitIn {
  major = 0,
  minor = 4,
  flags = 12,
  size_ = 16,
}

export const enum CuseInitOut {
  major = 0,
  minor = 4,
  flags = 12,
  max_read = 16,
  max_write = 20,
  dev_major = 24,
  dev_minor = 28,
  size_ = 72,
}

export const enum InterruptIn {
  unique = 0,
  size_ = 8,
}

export const enum BmapIn {
  block = 0,
  blocksize = 8,
  size_ = 16,
}

export const enum BmapOut {
  block = 0,
  size_ = 8,
}

export const enum IoctlIn {
  fh = 0,
  flags = 8,
  cmd = 12,
  arg = 16,
  in_size = 24,
  out_size = 28,
  size_ = 32,
}

export const enum IoctlIovec {
  base = 0,
  len = 8,
  size_ = 16,
}

export const enum IoctlOut {
  result = 0,
  flags = 4,
  in_iovs = 8,
  out_iovs = 12,
  size_ = 16,
}

export const enum PollIn {
  fh = 0,
  kh = 8,
  flags = 16,
  events = 20,
  size_ = 24,
}

export const enum PollOut {
  revents = 0,
  size_ = 8,
}

export const enum NotifyPollWakeupOut {
  kh = 0,
  size_ = 8,
}

export const enum FallocateIn {
  fh = 0,
  offset = 8,
  length = 16,
  mode = 24,
  size_ = 32,
}

export const enum InHeader {
  len = 0,
  opcode = 4,
  unique = 8,
  nodeid = 16,
  uid = 24,
  gid = 28,
  pid = 32,
  total_extlen = 36,
  size_ = 40,
}

export const enum OutHeader {
  len = 0,
  error = 4,
  unique = 8,
  size_ = 16,
}

export const enum Dirent {
  ino = 0,
  off = 8,
  namelen = 16,
  type = 20,
  size_ = 24,
}

export const enum Direntplus {
  entry_out = 0,
  dirent = 128,
  size_ = 152,
}

export const enum NotifyInvalInodeOut {
  ino = 0,
  off = 8,
  len = 16,
  size_ = 24,
}

export const enum NotifyInvalEntryOut {
  parent = 0,
  namelen = 8,
  flags = 12,
  size_ = 16,
}

export const enum NotifyDeleteOut {
  parent = 0,
  child = 8,
  namelen = 16,
  size_ = 24,
}

export const enum NotifyStoreOut {
  nodeid = 0,
  offset = 8,
  size = 16,
  size_ = 24,
}

export const enum NotifyRetrieveOut {
  notify_unique = 0,
  nodeid = 8,
  offset = 16,
  size = 24,
  size_ = 32,
}

export const enum NotifyRetrieveIn {
  offset = 8,
  size = 16,
  size_ = 40,
}

export const enum NotifyPruneOut {
  count = 0,
  size_ = 16,
}

export const enum BackingMap {
  fd = 0,
  flags = 4,
  size_ = 16,
}

export const enum LseekIn {
  fh = 0,
  offset = 8,
  whence = 16,
  size_ = 24,
}

export const enum LseekOut {
  offset = 0,
  size_ = 8,
}

export const enum CopyFileRangeIn {
  fh_in = 0,
  off_in = 8,
  nodeid_out = 16,
  fh_out = 24,
  off_out = 32,
  len = 40,
  flags = 48,
  size_ = 56,
}

export const enum CopyFileRangeOut {
  bytes_copied = 0,
  size_ = 8,
}

export const enum SetupmappingIn {
  fh = 0,
  foffset = 8,
  len = 16,
  flags = 24,
  moffset = 32,
  size_ = 40,
}

export const enum RemovemappingIn {
  count = 0,
  size_ = 4,
}

export const enum RemovemappingOne {
  moffset = 0,
  len = 8,
  size_ = 16,
}

export const enum SyncfsIn {
  size_ = 8,
}

export const enum Secctx {
  size = 0,
  size_ = 8,
}

export const enum SecctxHeader {
  size = 0,
  nr_secctx = 4,
  size_ = 8,
}

export const enum ExtHeader {
  size = 0,
  type = 4,
  size_ = 8,
}

export const enum SuppGroups {
  nr_groups = 0,
  size_ = 4,
}

export const enum UringEntInOut {
  flags = 0,
  commit_id = 8,
  payload_sz = 16,
  size_ = 32,
}

export const enum UringReqHeader {
  in_out = 0,
  op_in = 128,
  ring_ent_in_out = 256,
  size_ = 288,
}

export const enum UringCmdReq {
  flags = 0,
  commit_id = 8,
  qid = 16,
  size_ = 24,
}
