#include "driver_binding.h"

#include <errno.h>

#include "args.h"
#include "driver_queue.h"
#include "ids.h"

namespace fusewire {

// (fd, size, guestAddress): a memory id. The fd may be closed afterwards.
static napi_value MemoryOpen(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  int error = 0;
  auto memory = DriverMemory::Map(args.I32(0), args.U32(1), args.I64(2), error);
  return Number(env, memory ? Place(args.instance->driver_memories, std::move(memory)) : error);
}

// (memory): its ArrayBuffer, which keeps the mapping alive until it is detached or collected.
static napi_value MemoryBuffer(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  DriverMemory* memory = Find(args.instance->driver_memories, args.U32(0));
  if (!memory) return nullptr;
  auto* share = new std::shared_ptr<DriverMemory>(args.instance->driver_memories[args.U32(0)]);
  auto drop = [](napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<DriverMemory>*>(hint); };
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, memory->base, memory->size, drop, share, &buffer) != napi_ok) delete share;
  return buffer;
}

// (memory, buffer): detaches the buffer; the mapping goes with the last queue.
static napi_value MemoryClose(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  napi_detach_arraybuffer(env, args.Raw(1));
  if (Find(args.instance->driver_memories, args.U32(0))) args.instance->driver_memories[args.U32(0)].reset();
  return nullptr;
}

// (memory, size, descriptors, available, used, flags, kick): a queue id.
static napi_value QueueOpen(napi_env env, napi_callback_info info) {
  Args<7> args(env, info);
  DriverMemory* memory = Find(args.instance->driver_memories, args.U32(0));
  if (!memory) return Number(env, -EBADF);
  DriverQueue::Layout layout = {args.U32(1), args.U32(2), args.U32(3), args.U32(4), args.U32(5), args.I32(6)};
  if (!DriverQueue::Valid(*memory, layout)) return Number(env, -EINVAL);
  auto queue = DriverQueue::Open(args.instance->driver_memories[args.U32(0)], layout);
  return Number(env, Place(args.instance->driver_queues, std::move(queue)));
}

static napi_value QueueAdd(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  DriverQueue* queue = Find(args.instance->driver_queues, args.U32(0));
  return Number(env, queue ? queue->Add(args.U32(1), args.U32(2)) : -EBADF);
}

static napi_value QueuePublish(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  DriverQueue* queue = Find(args.instance->driver_queues, args.U32(0));
  return Number(env, queue ? queue->Publish() : -EBADF);
}

// (queue, pairs: Uint32Array, spin): how many pairs were filled.
static napi_value QueueReap(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  DriverQueue* queue = Find(args.instance->driver_queues, args.U32(0));
  if (!queue) return Number(env, -EBADF);
  napi_typedarray_type type;
  size_t length = 0;
  void* pairs = nullptr;
  napi_status status = napi_get_typedarray_info(env, args.Raw(1), &type, &length, &pairs, nullptr, nullptr);
  if (status != napi_ok || type != napi_uint32_array) return Number(env, -EINVAL);
  return Number(env, queue->Reap(static_cast<uint32_t*>(pairs), length / 2, args.U32(2)));
}

static napi_value QueueBase(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  DriverQueue* queue = Find(args.instance->driver_queues, args.U32(0));
  return Number64(env, queue ? queue->Base() : 0);
}

static napi_value QueueClose(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  if (Find(args.instance->driver_queues, args.U32(0))) args.instance->driver_queues[args.U32(0)].reset();
  return nullptr;
}

void ExportDriver(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "driverMemoryOpen", MemoryOpen);
  Export(env, exports, instance, "driverMemoryBuffer", MemoryBuffer);
  Export(env, exports, instance, "driverMemoryClose", MemoryClose);
  Export(env, exports, instance, "driverQueueOpen", QueueOpen);
  Export(env, exports, instance, "driverQueueAdd", QueueAdd);
  Export(env, exports, instance, "driverQueuePublish", QueuePublish);
  Export(env, exports, instance, "driverQueueReap", QueueReap);
  Export(env, exports, instance, "driverQueueBase", QueueBase);
  Export(env, exports, instance, "driverQueueClose", QueueClose);
}

}  // namespace fusewire
