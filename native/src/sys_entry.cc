#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

int64_t Mkdirat(const Call& call) {
  const char* name = Component(call, 1);
  return name ? Result(mkdirat(call.I32(0), name, call.U32(2))) : -EINVAL;
}

int64_t Mknodat(const Call& call) {
  const char* name = Component(call, 1);
  const uint32_t rdev = call.U32(3);
  const dev_t device = makedev((rdev & 0xfff00) >> 8, (rdev & 0xff) | ((rdev >> 12) & 0xfff00));
  return name ? Result(mknodat(call.I32(0), name, call.U32(2), device)) : -EINVAL;
}

int64_t Symlinkat(const Call& call) {
  const char* target = Text(call, 0);
  const char* name = Component(call, 2);
  return target && name ? Result(symlinkat(target, call.I32(1), name)) : -EINVAL;
}

// The source is an fd of any kind: its /proc link names the file itself, even a symlink or an O_TMPFILE.
int64_t Linkat(const Call& call) {
  const char* name = Component(call, 2);
  if (!name) return -EINVAL;
  return Result(linkat(call.instance->ProcFd(), FdName(call.I32(0)).Number(), call.I32(1), name, AT_SYMLINK_FOLLOW));
}

int64_t Unlinkat(const Call& call) {
  const char* name = Component(call, 1);
  return name ? Result(unlinkat(call.I32(0), name, call.I32(2))) : -EINVAL;
}

int64_t Renameat2(const Call& call) {
  const char* from = Component(call, 1);
  const char* to = Component(call, 3);
  if (!from || !to) return -EINVAL;
  return Result(syscall(SYS_renameat2, call.I32(0), from, call.I32(2), to, call.U32(4)));
}

int64_t Readlinkat(const Call& call) {
  const char* name = call.U32(1) ? Component(call, 1) : "";
  uint8_t* out = Buffer(call, 2, call.U32(3));
  return name && out ? Result(readlinkat(call.I32(0), name, reinterpret_cast<char*>(out), call.U32(3))) : -EINVAL;
}

}  // namespace

void ExportEntries(napi_env env, napi_value exports, Instance* instance) {
  Add<Mkdirat>(env, exports, instance, "mkdirat");
  Add<Mknodat>(env, exports, instance, "mknodat");
  Add<Symlinkat>(env, exports, instance, "symlinkat");
  Add<Linkat>(env, exports, instance, "linkat");
  Add<Unlinkat>(env, exports, instance, "unlinkat");
  Add<Renameat2>(env, exports, instance, "renameat2");
  Add<Readlinkat>(env, exports, instance, "readlinkat");
}

}  // namespace fusewire::sys
