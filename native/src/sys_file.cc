#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

#ifndef SYS_fchmodat2
constexpr long SYS_fchmodat2 = 452;
#endif

// An O_PATH fd makes the plain f… calls fail with EBADF; the /proc link reaches the same file without a race.
int64_t Fchmod(const Call& call) {
  const int fd = call.I32(0);
  const mode_t mode = call.U32(1);
  if (fchmod(fd, mode) == 0) return 0;
  if (errno != EBADF) return -errno;
  if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0) return 0;
  if (errno != ENOSYS && errno != EINVAL) return -errno;
  return Result(fchmodat(call.instance->ProcFd(), FdName(fd).Number(), mode, 0));
}

int64_t Fchown(const Call& call) {
  return Result(fchownat(call.I32(0), "", call.U32(1), call.U32(2), AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
}

int64_t Utimens(const Call& call) {
  const timespec times[2] = {{static_cast<time_t>(call.I64(1)), call.I32(2)}, {static_cast<time_t>(call.I64(3)), call.I32(4)}};
  return Result(utimensat(call.I32(0), "", times, AT_EMPTY_PATH));
}

int64_t Truncate(const Call& call) {
  const int fd = call.I32(0);
  if (ftruncate(fd, call.I64(1)) == 0) return 0;
  return errno == EBADF ? Result(truncate(FdName(fd).Path(), call.I64(1))) : -errno;
}

int64_t Fsync(const Call& call) { return Result(call.I32(1) ? fdatasync(call.I32(0)) : fsync(call.I32(0))); }

int64_t Syncfs(const Call& call) { return Result(syncfs(call.I32(0))); }

int64_t Fallocate(const Call& call) { return Result(fallocate(call.I32(0), call.I32(1), call.I64(2), call.I64(3))); }

int64_t Lseek(const Call& call) { return Result(lseek(call.I32(0), call.I64(1), call.I32(2))); }

int64_t CopyFileRange(const Call& call) {
  off_t from = call.I64(1), to = call.I64(3);
  const int64_t length = call.I64(4);
  return length < 0 ? -EINVAL : Result(copy_file_range(call.I32(0), &from, call.I32(2), &to, length, call.U32(5)));
}

}  // namespace

void ExportFiles(napi_env env, napi_value exports, Instance* instance) {
  Add<Fchmod>(env, exports, instance, "fchmod");
  Add<Fchown>(env, exports, instance, "fchown");
  Add<Utimens>(env, exports, instance, "utimens");
  Add<Truncate>(env, exports, instance, "truncate");
  Add<Fsync>(env, exports, instance, "fsync");
  Add<Syncfs>(env, exports, instance, "syncfs");
  Add<Fallocate>(env, exports, instance, "fallocate");
  Add<Lseek>(env, exports, instance, "lseek");
  Add<CopyFileRange>(env, exports, instance, "copyFileRange");
}

}  // namespace fusewire::sys
