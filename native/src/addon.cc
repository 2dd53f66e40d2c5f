#include <napi.h>

#include "args.h"
#include "driver_binding.h"
#include "exports.h"
#include "instance.h"
#include "syscalls.h"

namespace fusewire {

static napi_value Slab(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  napi_value buffer = nullptr;
  napi_create_external_arraybuffer(env, args.instance->slab, Instance::kSlabSize, nullptr, nullptr, &buffer);
  return buffer;
}

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* instance = new Instance(env);
  if (!instance->slab) {
    delete instance;
    Napi::Error::New(env, "cannot reserve address space for the slab").ThrowAsJavaScriptException();
    return exports;
  }
  napi_add_env_cleanup_hook(env, [](void* data) { delete static_cast<Instance*>(data); }, instance);
  Export(env, exports, instance, "slab", Slab);
  ExportChannel(env, exports, instance);
  ExportConfine(env, exports, instance);
  ExportDoorbells(env, exports, instance);
  ExportDriver(env, exports, instance);
  ExportDriverBench(env, exports, instance);
  sys::ExportSyscalls(env, exports, instance);
  ExportFd(env, exports, instance);
  ExportFuse(env, exports, instance);
  ExportGuestMemory(env, exports, instance);
  ExportIsolate(env, exports, instance);
  ExportLoopback(env, exports, instance);
  ExportMount(env, exports, instance);
  ExportSocket(env, exports, instance);
  ExportVirtqueue(env, exports, instance);
  ExportWatch(env, exports, instance);
  return exports;
}

NODE_API_MODULE(fusewire, Init)

}  // namespace fusewire
