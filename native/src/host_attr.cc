#include "host_attr.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

namespace fusewire {

namespace {
// Linux 6.8: a mount id that is never used again. An older kernel ignores the bit and gives the plain one.
constexpr uint32_t kUniqueMountId = 0x4000;
constexpr uint32_t kMask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID | kUniqueMountId;

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

HostIdentity ToIdentity(const struct statx& s) {
  return {s.stx_ino,        s.stx_dev_major,     s.stx_dev_minor, s.stx_mnt_id, s.stx_btime.tv_sec,
          s.stx_btime.tv_nsec, s.stx_mode, s.stx_mask,  static_cast<uint32_t>(s.stx_attributes)};
}

fuse_attr ToAttr(const struct stat& s) {
  fuse_attr attr{};
  attr.ino = s.st_ino;
  attr.size = s.st_size;
  attr.blocks = s.st_blocks;
  attr.atime = s.st_atim.tv_sec;
  attr.mtime = s.st_mtim.tv_sec;
  attr.ctime = s.st_ctim.tv_sec;
  attr.atimensec = s.st_atim.tv_nsec;
  attr.mtimensec = s.st_mtim.tv_nsec;
  attr.ctimensec = s.st_ctim.tv_nsec;
  attr.mode = s.st_mode;
  attr.nlink = s.st_nlink;
  attr.uid = s.st_uid;
  attr.gid = s.st_gid;
  attr.rdev = EncodeDevice(major(s.st_rdev), minor(s.st_rdev));
  attr.blksize = s.st_blksize;
  return attr;
}

// glibc's fstat(3) makes a newfstatat(2) of an empty path, for which the kernel fetches the path first.
int Fstat(int fd, struct stat& s) {
#if defined(SYS_fstat) && (defined(__x86_64__) || defined(__aarch64__))
  return syscall(SYS_fstat, fd, &s);
#else
  return fstat(fd, &s);
#endif
}
}  // namespace

int HostAttributes(int fd, fuse_attr& attr) {
  struct stat s;
  if (Fstat(fd, s) < 0) return -errno;
  attr = ToAttr(s);
  return 0;
}

int HostAttributes(int dirfd, const char* name, fuse_attr& attr, HostIdentity& identity) {
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
  struct statx s;
  if (statx(dirfd, name, flags, kMask, &s) < 0) return -errno;
  attr = ToAttr(s);
  identity = ToIdentity(s);
  return 0;
}

}  // namespace fusewire
