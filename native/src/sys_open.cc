#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

int64_t Openat2(const Call& call) {
  const char* path = call.U32(1) ? Text(call, 1) : ".";
  if (!path) return -EINVAL;
  open_how how{};
  how.flags = call.U32(2) | O_CLOEXEC;
  how.mode = call.U32(3);
  how.resolve = call.U32(4);
  return Result(syscall(SYS_openat2, call.I32(0), path, &how, sizeof how));
}

int64_t Reopen(const Call& call) {
  return Result(openat(call.instance->ProcFd(), FdName(call.I32(0)).Number(), (call.I32(1) & ~O_NOFOLLOW) | O_CLOEXEC));
}

int64_t Close(const Call& call) { return Result(close(call.I32(0))); }

int64_t RaiseFileLimit(const Call&) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT32_MAX));
}

}  // namespace

void ExportOpen(napi_env env, napi_value exports, Instance* instance) {
  Add<Openat2>(env, exports, instance, "openat2");
  Add<Reopen>(env, exports, instance, "reopen");
  Add<Close>(env, exports, instance, "close");
  Add<RaiseFileLimit>(env, exports, instance, "raiseFileLimit");
}

}  // namespace fusewire::sys
