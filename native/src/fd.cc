#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "args.h"
#include "exports.h"
#include "unique_fd.h"

namespace fusewire {

namespace {

napi_value Close(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  return Number(env, close(args.I32(0)) ? -errno : 0);
}

napi_value EventfdCreate(napi_env env, napi_callback_info info) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return Number(env, fd < 0 ? -errno : fd);
}

napi_value EventfdRead(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  uint64_t value = 0;
  if (read(args.I32(0), &value, sizeof value) < 0) return Number(env, -errno);
  return Number64(env, value);
}

napi_value EventfdWrite(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  uint64_t value = args.U32(1);
  return Number(env, write(args.I32(0), &value, sizeof value) < 0 ? -errno : 0);
}

// False for want of /proc, too.
napi_value IsEventfd(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  char target[32];
  const ssize_t length = readlinkat(args.instance->ProcFd(), std::to_string(args.I32(0)).c_str(), target, sizeof target);
  return Number(env, length > 0 && std::string_view(target, length) == "anon_inode:[eventfd]");
}

napi_value MemfdCreate(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  char name[250];
  if (!args.Text(0, name)) return Number(env, -EINVAL);
  UniqueFd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ftruncate(fd.get(), args.I64(1))) return Number(env, -errno);
  return Number(env, fd.release());
}

}  // namespace

void ExportFd(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "closeFd", Close);
  Export(env, exports, instance, "eventfdCreate", EventfdCreate);
  Export(env, exports, instance, "eventfdRead", EventfdRead);
  Export(env, exports, instance, "eventfdWrite", EventfdWrite);
  Export(env, exports, instance, "isEventfd", IsEventfd);
  Export(env, exports, instance, "memfdCreate", MemfdCreate);
}

}  // namespace fusewire
