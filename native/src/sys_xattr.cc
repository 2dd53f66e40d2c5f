#include <sys/xattr.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

// O_PATH fds (EBADF) are reached by their /proc link, which also works for symlinks and devices.
template <typename ByFd, typename ByPath>
int64_t ByAnyFd(int fd, ByFd by_fd, ByPath by_path) {
  const int64_t result = by_fd();
  if (result >= 0) return result;
  return errno == EBADF ? Result(by_path(FdName(fd).Path())) : -errno;
}

// A size of 0 asks for the value's length and needs no buffer.
bool Value(const Call& call, size_t offset, size_t size, uint8_t** out) {
  *out = call.U32(size) ? Buffer(call, offset, call.U32(size)) : nullptr;
  return *out || !call.U32(size);
}

int64_t Getxattr(const Call& call) {
  const int fd = call.I32(0);
  const char* name = Text(call, 1);
  uint8_t* value;
  if (!name || !Value(call, 2, 3, &value)) return -EINVAL;
  const size_t size = call.U32(3);
  return ByAnyFd(fd, [=] { return fgetxattr(fd, name, value, size); },
                 [=](const char* path) { return getxattr(path, name, value, size); });
}

int64_t Setxattr(const Call& call) {
  const int fd = call.I32(0);
  const char* name = Text(call, 1);
  uint8_t* value;
  if (!name || !Value(call, 2, 3, &value)) return -EINVAL;
  const size_t size = call.U32(3);
  const int flags = call.I32(4);
  return ByAnyFd(fd, [=] { return fsetxattr(fd, name, value, size, flags); },
                 [=](const char* path) { return setxattr(path, name, value, size, flags); });
}

int64_t Listxattr(const Call& call) {
  const int fd = call.I32(0);
  uint8_t* names;
  if (!Value(call, 1, 2, &names)) return -EINVAL;
  char* list = reinterpret_cast<char*>(names);
  const size_t size = call.U32(2);
  return ByAnyFd(fd, [=] { return flistxattr(fd, list, size); },
                 [=](const char* path) { return listxattr(path, list, size); });
}

int64_t Removexattr(const Call& call) {
  const int fd = call.I32(0);
  const char* name = Text(call, 1);
  if (!name) return -EINVAL;
  return ByAnyFd(fd, [=] { return fremovexattr(fd, name); }, [=](const char* path) { return removexattr(path, name); });
}

}  // namespace

void ExportXattr(napi_env env, napi_value exports, Instance* instance) {
  Add<Getxattr>(env, exports, instance, "getxattr");
  Add<Setxattr>(env, exports, instance, "setxattr");
  Add<Listxattr>(env, exports, instance, "listxattr");
  Add<Removexattr>(env, exports, instance, "removexattr");
}

}  // namespace fusewire::sys
