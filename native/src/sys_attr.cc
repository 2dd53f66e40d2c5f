#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

// Linux 6.8: a mount id that is never used again. An older kernel ignores the bit and gives the plain one.
constexpr uint32_t kUniqueMountId = 0x4000;
constexpr uint32_t kMask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID | kUniqueMountId;

// Mirror of `Identity` in native/syscalls.ts.
struct Identity {
  uint64_t ino;
  uint32_t dev_major, dev_minor;
  uint64_t mount;
  int64_t btime;
  uint32_t btimensec, mode, mask, attributes;
};
static_assert(sizeof(Identity) == 48);

// The kernel's new_encode_dev, which is how FUSE carries device numbers.
uint32_t EncodeDevice(uint32_t major, uint32_t minor) { return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12); }

fuse_attr ToAttr(const struct statx& s) {
  fuse_attr attr{};
  attr.ino = s.stx_ino;
  attr.size = s.stx_size;
  attr.blocks = s.stx_blocks;
  attr.atime = s.stx_atime.tv_sec;
  attr.mtime = s.stx_mtime.tv_sec;
  attr.ctime = s.stx_ctime.tv_sec;
  attr.atimensec = s.stx_atime.tv_nsec;
  attr.mtimensec = s.stx_mtime.tv_nsec;
  attr.ctimensec = s.stx_ctime.tv_nsec;
  attr.mode = s.stx_mode;
  attr.nlink = s.stx_nlink;
  attr.uid = s.stx_uid;
  attr.gid = s.stx_gid;
  attr.rdev = EncodeDevice(s.stx_rdev_major, s.stx_rdev_minor);
  attr.blksize = s.stx_blksize;
  return attr;
}

Identity ToIdentity(const struct statx& s) {
  return {s.stx_ino,        s.stx_dev_major,     s.stx_dev_minor, s.stx_mnt_id, s.stx_btime.tv_sec,
          s.stx_btime.tv_nsec, s.stx_mode, s.stx_mask,  static_cast<uint32_t>(s.stx_attributes)};
}

int64_t Lookup(const Call& call) {
  uint8_t* attr = Buffer(call, 2, sizeof(fuse_attr));
  uint8_t* extra = Buffer(call, 3, sizeof(Identity));
  const char* name = call.U32(1) ? Component(call, 1) : "";
  if (!attr || !extra || !name) return -EINVAL;
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
  struct statx s;
  if (statx(call.I32(0), name, flags, kMask, &s) < 0) return -errno;
  const fuse_attr a = ToAttr(s);
  const Identity i = ToIdentity(s);
  memcpy(attr, &a, sizeof a);
  memcpy(extra, &i, sizeof i);
  return 0;
}

// fuse_statx is the kernel's struct statx up to dev_minor, zero behind it.
int64_t Statx(const Call& call) {
  constexpr size_t kCommon = offsetof(struct statx, stx_dev_minor) + 4;
  constexpr uint32_t kAllowed = STATX_BASIC_STATS | STATX_BTIME;
  uint8_t* out = Buffer(call, 2, sizeof(struct statx));
  if (!out) return -EINVAL;
  struct statx s;
  if (statx(call.I32(0), "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, call.U32(1) & kAllowed, &s) < 0) return -errno;
  s.stx_mask &= kAllowed;
  memcpy(out, &s, kCommon);
  memset(out + kCommon, 0, sizeof s - kCommon);
  return 0;
}

// As fsuid and fsgid say, which only AT_EACCESS goes by.
int64_t Access(const Call& call) {
#ifndef SYS_faccessat2
  constexpr long SYS_faccessat2 = 439;
#endif
  return Result(syscall(SYS_faccessat2, call.I32(0), "", call.I32(1), AT_EMPTY_PATH | AT_EACCESS));
}

int64_t Fstatfs(const Call& call) {
  uint8_t* out = Buffer(call, 1, sizeof(fuse_kstatfs));
  if (!out) return -EINVAL;
  struct statfs s;
  if (fstatfs(call.I32(0), &s) < 0) return -errno;
  fuse_kstatfs st{};
  st.blocks = s.f_blocks;
  st.bfree = s.f_bfree;
  st.bavail = s.f_bavail;
  st.files = s.f_files;
  st.ffree = s.f_ffree;
  st.bsize = static_cast<uint32_t>(s.f_bsize);
  st.namelen = static_cast<uint32_t>(s.f_namelen);
  st.frsize = static_cast<uint32_t>(s.f_frsize);
  memcpy(out, &st, sizeof st);
  return 0;
}

// f_type of statfs(2).
int64_t FileSystemType(const Call& call) {
  struct statfs s;
  return fstatfs(call.I32(0), &s) < 0 ? -errno : static_cast<uint32_t>(s.f_type);
}

}  // namespace

void ExportAttributes(napi_env env, napi_value exports, Instance* instance) {
  Add<Lookup>(env, exports, instance, "lookup");
  Add<Statx>(env, exports, instance, "statx");
  Add<Access>(env, exports, instance, "access");
  Add<Fstatfs>(env, exports, instance, "fstatfs");
  Add<FileSystemType>(env, exports, instance, "fileSystemType");
}

}  // namespace fusewire::sys
