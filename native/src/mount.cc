#include <errno.h>
#include <limits.h>
#include <sys/mount.h>

#include <string>

#include "args.h"
#include "async_work.h"
#include "exports.h"

namespace fusewire {

namespace {

constexpr size_t kDataSize = 4096;  // mount(2): a page of options

napi_value Failed(napi_env env, int error) {
  return RunAsync(env, [error] { return -error; });
}

// (source, target, type, flags, data). On the pool, as the target's path may lead through a file system served here.
napi_value Mount(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  char source[PATH_MAX], target[PATH_MAX], type[64], data[kDataSize];
  if (!args.Text(0, source) || !args.Text(1, target) || !args.Text(2, type) || !args.Text(4, data)) {
    return Failed(env, EINVAL);
  }
  return RunAsync(env, [source = std::string(source), target = std::string(target), type = std::string(type),
                        flags = args.U32(3), data = std::string(data)] {
    return mount(source.c_str(), target.c_str(), type.c_str(), flags, data.c_str()) ? -errno : 0;
  });
}

// (target, flags). On the pool, as it waits for the server to answer.
napi_value Umount(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  char target[PATH_MAX];
  if (!args.Text(0, target)) return Failed(env, EINVAL);
  return RunAsync(env, [target = std::string(target), flags = args.I32(1)] {
    return umount2(target.c_str(), flags) ? -errno : 0;
  });
}

}  // namespace

void ExportMount(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "mount", Mount);
  Export(env, exports, instance, "umount2", Umount);
}

}  // namespace fusewire
