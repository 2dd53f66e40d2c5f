#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host_attr.h"
#include "syscalls.h"

namespace fusewire::sys {
namespace {

int64_t Lookup(const Call& call) {
  uint8_t* attr = Buffer(call, 2, sizeof(fuse_attr));
  uint8_t* identity = Buffer(call, 3, sizeof(HostIdentity));
  const char* name = call.U32(1) ? Component(call, 1) : "";
  if (!attr || !identity || !name) return -EINVAL;
  return HostAttributes(call.I32(0), name, *reinterpret_cast<fuse_attr*>(attr), *reinterpret_cast<HostIdentity*>(identity));
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
