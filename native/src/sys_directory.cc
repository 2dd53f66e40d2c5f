#include <sys/syscall.h>
#include <unistd.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

// The cookie is 64 bits wide (ext4 hashes), more than a JavaScript number: it is read from the slab.
int64_t Getdents(const Call& call) {
  const int fd = call.I32(0);
  uint8_t* out = Buffer(call, 2, call.U32(3));
  if (!out) return -EINVAL;
  if (call.U32(1)) {
    const uint8_t* cookie = Buffer(call, 1, 8);
    if (!cookie) return -EINVAL;
    int64_t position;
    memcpy(&position, cookie, sizeof position);
    if (lseek(fd, position, SEEK_SET) < 0) return -errno;
  }
  return Result(syscall(SYS_getdents64, fd, out, call.U32(3)));
}

}  // namespace

void ExportDirectory(napi_env env, napi_value exports, Instance* instance) { Add<Getdents>(env, exports, instance, "getdents"); }

}  // namespace fusewire::sys
