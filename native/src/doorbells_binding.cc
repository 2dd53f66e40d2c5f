#include <errno.h>

#include "args.h"
#include "doorbells.h"
#include "exports.h"

namespace fusewire {

namespace {

// (fd, edge, channel, callback): an id or -errno.
napi_value Open(napi_env env, napi_callback_info info) {
  Args<4> args(env, info);
  Instance& instance = *args.instance;
  napi_valuetype type;
  if (napi_typeof(env, args.Raw(3), &type) != napi_ok || type != napi_function) return Number(env, -EINVAL);
  if (!instance.doorbells) {
    if (int error = Doorbells::Start(instance)) return Number(env, error);
  }
  return Number(env, instance.doorbells->Open(args.I32(0), args.U32(1), args.U32(2), args.Raw(3)));
}

napi_value Listen(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Doorbells* bells = args.instance->doorbells;
  return Number(env, bells ? bells->Listen(args.U32(0), args.U32(1)) : -EBADF);
}

napi_value Close(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  if (Doorbells* bells = args.instance->doorbells) bells->Close(args.U32(0));
  return nullptr;
}

}  // namespace

void ExportDoorbells(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "doorbellOpen", Open);
  Export(env, exports, instance, "doorbellListen", Listen);
  Export(env, exports, instance, "doorbellClose", Close);
}

}  // namespace fusewire
