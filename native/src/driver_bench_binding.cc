#include <errno.h>

#include "args.h"
#include "driver_bench.h"
#include "driver_binding.h"
#include "driver_echo.h"
#include "ids.h"

namespace fusewire {

namespace {

struct Words {
  uint32_t* data = nullptr;
  size_t length = 0;
};

Words WordArray(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return {};
  return type == napi_uint32_array ? Words{static_cast<uint32_t*>(data), length} : Words{};
}

// Lanes, base, size, number of steps, number of captures, then these; false when the array is of another length.
bool Decode(const Words& words, DriverBench::Program& program) {
  constexpr size_t kHeader = 5, kStep = sizeof(DriverBench::Step) / 4, kCapture = sizeof(DriverBench::Capture) / 4;
  if (words.length < kHeader) return false;
  uint64_t steps = words.data[3], captures = words.data[4];
  if (words.length != kHeader + steps * kStep + captures * kCapture) return false;
  program.lanes = words.data[0];
  program.base = words.data[1];
  program.size = words.data[2];
  auto* first_step = reinterpret_cast<const DriverBench::Step*>(words.data + kHeader);
  program.steps.assign(first_step, first_step + steps);
  auto* first_capture = reinterpret_cast<const DriverBench::Capture*>(first_step + steps);
  program.captures.assign(first_capture, first_capture + captures);
  return true;
}

// (memory, rings: Int32Array of queue ids and call fds, program: Uint32Array, samples: Uint32Array, duration, spin,
// failure: Int32Array of 3): DriverBench::Run.
napi_value Bench(napi_env env, napi_callback_info info) {
  Args<7> args(env, info);
  Instance* instance = args.instance;
  DriverMemory* memory = Find(instance->driver_memories, args.U32(0));
  Ints ids = args.IntArray(1);
  Ints failure = args.IntArray(6);
  Words samples = WordArray(env, args.Raw(3));
  DriverBench::Program program;
  if (!memory || ids.length < 4 || failure.length < 3 || !samples.data || !Decode(WordArray(env, args.Raw(2)), program)) {
    return Number(env, -EINVAL);
  }
  if (!DriverBench::Valid(*memory, program)) return Number(env, -EFAULT);
  std::vector<DriverBench::Ring> rings;
  for (size_t i = 0; i + 1 < ids.length; i += 2) {
    DriverQueue* queue = Find(instance->driver_queues, ids.data[i]);
    if (!queue) return Number(env, -EBADF);
    rings.push_back({queue, ids.data[i + 1]});
  }
  DriverBench bench(instance->driver_memories[args.U32(0)], std::move(rings), std::move(program));
  int32_t cycles = bench.Run(samples.data, samples.length, args.U32(4), args.U32(5) != 0);
  failure.data[0] = bench.failure.step;
  failure.data[1] = bench.failure.error;
  failure.data[2] = bench.failure.length;
  return Number(env, cycles);
}

// (memory, size, descriptors, available, used, call): an echo id.
napi_value EchoOpen(napi_env env, napi_callback_info info) {
  Args<6> args(env, info);
  DriverMemory* memory = Find(args.instance->driver_memories, args.U32(0));
  if (!memory) return Number(env, -EBADF);
  DriverQueue::Layout layout = {args.U32(1), args.U32(2), args.U32(3), args.U32(4), DriverQueue::kIndirect, -1};
  if (!DriverQueue::Valid(*memory, layout)) return Number(env, -EINVAL);
  auto echo = std::make_unique<DriverEcho>(args.instance->driver_memories[args.U32(0)], layout, args.I32(5));
  return Number(env, Place(args.instance->driver_echoes, std::move(echo)));
}

napi_value EchoClose(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  if (Find(args.instance->driver_echoes, args.U32(0))) args.instance->driver_echoes[args.U32(0)].reset();
  return nullptr;
}

}  // namespace

void ExportDriverBench(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "driverBench", Bench);
  Export(env, exports, instance, "driverEchoOpen", EchoOpen);
  Export(env, exports, instance, "driverEchoClose", EchoClose);
}

}  // namespace fusewire
