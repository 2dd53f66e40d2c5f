#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "async_work.h"
#include "syscalls.h"
#include "unique_fd.h"

// What may wait for a disk or a network for long, on a thread of the pool. Each takes a duplicate of the fd, since the
// caller may close its own meanwhile.
namespace fusewire::sys {
namespace {

// Without a spare fd the work is done at once, on this thread.
template <typename Work>
napi_value WithDuplicate(napi_env env, int fd, Work work) {
  auto own = std::make_shared<UniqueFd>(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (*own) return RunAsync(env, [own, work] { return work(own->get()); });
  const int64_t result = errno == EBADF ? -EBADF : work(fd);
  return RunAsync(env, [result] { return result; });
}

napi_value FsyncAsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return WithDuplicate(env, call.I32(0), [data = call.I32(1)](int fd) { return Result(data ? fdatasync(fd) : fsync(fd)); });
}

napi_value SyncfsAsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return WithDuplicate(env, call.I32(0), [](int fd) { return Result(syncfs(fd)); });
}

napi_value FallocateAsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return WithDuplicate(env, call.I32(0), [mode = call.I32(1), offset = call.I64(2), length = call.I64(3)](int fd) {
    return Result(fallocate(fd, mode, offset, length));
  });
}

napi_value CopyFileRangeAsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const int64_t length = call.I64(4);
  auto target = std::make_shared<UniqueFd>(fcntl(call.I32(2), F_DUPFD_CLOEXEC, 0));
  if (!*target || length < 0) {
    return RunAsync(env, [error = *target ? EINVAL : errno] { return -error; });
  }
  return WithDuplicate(env, call.I32(0), [=, from = call.I64(1), to = call.I64(3), flags = call.U32(5)](int fd) {
    off_t in = from, out = to;
    return Result(copy_file_range(fd, &in, target->get(), &out, length, flags));
  });
}

// close(2) of a duplicate: what a network file system could not write is told then.
napi_value FlushAsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const int fd = fcntl(call.I32(0), F_DUPFD_CLOEXEC, 0);
  return RunAsync(env, [fd, error = errno] { return fd < 0 ? -error : Result(close(fd)); });
}

}  // namespace

void ExportAsync(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "fsyncAsync", FsyncAsync);
  Export(env, exports, instance, "syncfsAsync", SyncfsAsync);
  Export(env, exports, instance, "fallocateAsync", FallocateAsync);
  Export(env, exports, instance, "copyFileRangeAsync", CopyFileRangeAsync);
  Export(env, exports, instance, "flushAsync", FlushAsync);
}

}  // namespace fusewire::sys
