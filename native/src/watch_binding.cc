#include <errno.h>

#include "args.h"
#include "exports.h"
#include "ids.h"
#include "watch.h"

namespace fusewire {

namespace {

constexpr int kEvents = UV_READABLE | UV_WRITABLE;

Watch* Find(const Args<2>& args) {
  uint32_t id = args.U32(0);
  return id < args.instance->watches.size() ? args.instance->watches[id] : nullptr;
}

napi_value Open(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  napi_valuetype type;
  if (napi_typeof(env, args.Raw(2), &type) != napi_ok || type != napi_function) return Number(env, -EINVAL);
  int error = 0;
  Watch* watch = Watch::Open(env, args.I32(0), args.I32(1) & kEvents, args.Raw(2), &error);
  if (!watch) return Number(env, error);
  return Number(env, Place(args.instance->watches, watch));
}

napi_value Listen(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Watch* watch = Find(args);
  return Number(env, watch ? watch->Listen(args.I32(1) & kEvents) : -EBADF);
}

napi_value SetRef(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  if (Watch* watch = Find(args)) watch->SetRef(args.U32(1));
  return nullptr;
}

napi_value Close(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Watch* watch = Find(args);
  if (!watch) return nullptr;
  args.instance->watches[args.U32(0)] = nullptr;
  watch->Close();
  return nullptr;
}

// Holds the environment's end back until the loop has let go of every poll handle.
struct Teardown {
  napi_async_cleanup_hook_handle hook;
  size_t pending = 1;
  void Done() {
    if (--pending) return;
    napi_remove_async_cleanup_hook(hook);
    delete this;
  }
};

void OnTeardown(napi_async_cleanup_hook_handle hook, void* data) {
  auto* instance = static_cast<Instance*>(data);
  auto* teardown = new Teardown{hook};
  for (Watch*& watch : instance->watches) {
    if (!watch) continue;
    teardown->pending++;
    watch->Close([](void* data) { static_cast<Teardown*>(data)->Done(); }, teardown);
    watch = nullptr;
  }
  teardown->Done();
}

}  // namespace

void ExportWatch(napi_env env, napi_value exports, Instance* instance) {
  napi_add_async_cleanup_hook(env, OnTeardown, instance, nullptr);
  Export(env, exports, instance, "watchOpen", Open);
  Export(env, exports, instance, "watchListen", Listen);
  Export(env, exports, instance, "watchSetRef", SetRef);
  Export(env, exports, instance, "watchClose", Close);
}

}  // namespace fusewire
