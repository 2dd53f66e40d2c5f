#include <linux/fs.h>
#include <sys/ioctl.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

// Only requests whose argument is plain memory of the size that the number itself states.
int64_t Ioctl(const Call& call) {
  const uint32_t request = call.U32(1);
  switch (request) {
    case FS_IOC_GETFLAGS:
    case FS_IOC_SETFLAGS:
    case FS_IOC_FSGETXATTR:
    case FS_IOC_FSSETXATTR: break;
    default: return -ENOTTY;
  }
  uint8_t* argument = Buffer(call, 2, _IOC_SIZE(request));
  return argument ? Result(ioctl(call.I32(0), request, argument)) : -EINVAL;
}

}  // namespace

void ExportIoctl(napi_env env, napi_value exports, Instance* instance) { Add<Ioctl>(env, exports, instance, "ioctl"); }

}  // namespace fusewire::sys
