#include <cerrno>

#include "args.h"
#include "exports.h"
#include "guest_memory.h"
#include "ids.h"

namespace fusewire {

static napi_value Create(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  return Number(env, Place(args.instance->memories, std::make_shared<GuestMemory>()));
}

// (id, fd, guest, size, user, offset); the descriptor stays the caller's.
static napi_value Add(napi_env env, napi_callback_info info) {
  Args<6> args(env, info);
  GuestMemory* memory = Find(args.instance->memories, args.U32(0));
  if (!memory) return Number(env, -EBADF);
  for (size_t i = 2; i < 6; i++) {
    if (args.I64(i) < 0) return Number(env, -EINVAL);
  }
  return Number(env, memory->Add(args.I32(1), args.I64(2), args.I64(3), args.I64(4), args.I64(5)));
}

static napi_value Remove(napi_env env, napi_callback_info info) {
  Args<4> args(env, info);
  GuestMemory* memory = Find(args.instance->memories, args.U32(0));
  return Number(env, memory ? memory->Remove(args.I64(1), args.I64(2), args.I64(3)) : -EBADF);
}

static napi_value Clear(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  if (GuestMemory* memory = Find(args.instance->memories, args.U32(0))) memory->Clear();
  return nullptr;
}

// (id, fd, offset, size); the descriptor stays the caller's.
static napi_value SetLog(napi_env env, napi_callback_info info) {
  Args<4> args(env, info);
  GuestMemory* memory = Find(args.instance->memories, args.U32(0));
  if (!memory) return Number(env, -EBADF);
  return Number(env, args.I64(2) < 0 || args.I64(3) < 0 ? -EINVAL : memory->SetLog(args.I32(1), args.I64(2), args.I64(3)));
}

static napi_value EnableLog(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  if (GuestMemory* memory = Find(args.instance->memories, args.U32(0))) memory->EnableLog(args.U32(1) != 0);
  return nullptr;
}

static napi_value Close(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  const uint32_t id = args.U32(0);
  if (Find(args.instance->memories, id)) args.instance->memories[id].reset();
  return nullptr;
}

void ExportGuestMemory(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "memoryCreate", Create);
  Export(env, exports, instance, "memoryAdd", Add);
  Export(env, exports, instance, "memoryRemove", Remove);
  Export(env, exports, instance, "memoryClear", Clear);
  Export(env, exports, instance, "memorySetLog", SetLog);
  Export(env, exports, instance, "memoryEnableLog", EnableLog);
  Export(env, exports, instance, "memoryClose", Close);
}

}  // namespace fusewire
