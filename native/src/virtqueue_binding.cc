#include <cerrno>

#include "args.h"
#include "exports.h"
#include "ids.h"
#include "virtqueue.h"

namespace fusewire {

// Mirror of VirtqueueFlag in native/virtqueue.ts.
enum : uint32_t { kEventIndex = 1, kIndirect = 2, kPacked = 4 };

// (base, slots, memory, size, descriptors, available, used, next, flags) -> channel id or -errno.
static napi_value Create(napi_env env, napi_callback_info info) {
  Args<9> args(env, info);
  Instance& instance = *args.instance;
  const uint32_t memory = args.U32(2);
  if (!Find(instance.memories, memory)) return Number(env, -EBADF);
  if (!Channel::Fits(instance, args.U32(0), args.U32(1))) return Number(env, -EINVAL);
  Virtqueue::Config config;
  config.ring.size = args.U32(3);
  config.ring.descriptors = args.I64(4);
  config.ring.available = args.I64(5);
  config.ring.used = args.I64(6);
  config.next = args.U32(7);
  config.packed = args.U32(8) & kPacked;
  config.ring.event_idx = args.U32(8) & kEventIndex;
  config.indirect = args.U32(8) & kIndirect;
  auto queue = std::make_unique<Virtqueue>(instance, args.U32(0), args.U32(1), instance.memories[memory], config);
  const int started = queue->Start();
  return Number(env, started < 0 ? started : Place(instance.channels, std::unique_ptr<Channel>(std::move(queue))));
}

// (id, fd, offset) -> the number of requests to be fetched again, or -errno; the descriptor stays the caller's.
static napi_value Track(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  Virtqueue* queue = FindChannel<Virtqueue>(*args.instance, args.U32(0));
  return Number(env, queue ? queue->Track(args.I32(1), args.I64(2)) : -EBADF);
}

static napi_value Remap(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  Virtqueue* queue = FindChannel<Virtqueue>(*args.instance, args.U32(0));
  return Number(env, queue ? queue->Remap() : -EBADF);
}

static napi_value Next(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  Virtqueue* queue = FindChannel<Virtqueue>(*args.instance, args.U32(0));
  return Number(env, queue ? queue->next() : -EBADF);
}

static UniqueFd NonBlocking(int fd) {
  SetNonBlocking(fd);
  return UniqueFd(fd);
}

// setCall and setError: (id, fd), the descriptor becoming the queue's; -1: none.
static napi_value SetCall(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  UniqueFd fd = NonBlocking(args.I32(1));
  if (Virtqueue* queue = FindChannel<Virtqueue>(*args.instance, args.U32(0))) queue->SetCall(std::move(fd));
  return nullptr;
}

static napi_value SetError(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  UniqueFd fd = NonBlocking(args.I32(1));
  if (Virtqueue* queue = FindChannel<Virtqueue>(*args.instance, args.U32(0))) queue->SetError(std::move(fd));
  return nullptr;
}

void ExportVirtqueue(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "virtqueueCreate", Create);
  Export(env, exports, instance, "virtqueueTrack", Track);
  Export(env, exports, instance, "virtqueueRemap", Remap);
  Export(env, exports, instance, "virtqueueNext", Next);
  Export(env, exports, instance, "virtqueueSetCall", SetCall);
  Export(env, exports, instance, "virtqueueSetError", SetError);
}

}  // namespace fusewire
