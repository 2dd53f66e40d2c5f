#include <errno.h>
#include <string.h>

#include <algorithm>

#include "args.h"
#include "buffered_channel.h"
#include "exports.h"
#include "ids.h"

namespace fusewire {

namespace {

// A channel without a transport: requests come from memory of the same process, replies are picked up from the slot
// before it is finished.
class LoopbackChannel : public BufferedChannel {
 public:
  static constexpr Kind kKind = Kind::kLoopback;
  LoopbackChannel(Instance& instance, uint32_t base, uint32_t count, uint32_t payloads)
      : BufferedChannel(instance, kKind, base, count, payloads) {}

  // The slot that holds a copy of the request from now on, listed by the next drain; -EAGAIN when all are in use.
  int32_t Submit(Bytes request) {
    if (request.length > slot::kPayloadSize) return -EMSGSIZE;
    uint32_t slot = Acquire();
    if (slot == kNone) return -EAGAIN;
    iovec room[2];
    RequestRoom(slot, room);
    size_t head = std::min(request.length, room[0].iov_len);
    if (head > 0) memcpy(room[0].iov_base, request.data, head);
    if (request.length > head) memcpy(room[1].iov_base, request.data + head, request.length - head);
    waiting_.push_back({slot, request.length});
    return slot;
  }

 protected:
  int32_t Fetch(uint32_t) override {
    for (const Waiting& request : waiting_) Arrived(request.slot, request.length);
    waiting_.clear();
    return 0;
  }
  void Answer(uint32_t, uint32_t, uint32_t) override {}
  void Release() override {
    for (const Waiting& request : waiting_) Discard(request.slot);
  }

 private:
  struct Waiting {
    uint32_t slot;
    size_t length;
  };
  std::vector<Waiting> waiting_;
};

// (base, count, payloads): a channel id.
napi_value Create(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  uint32_t base = args.U32(0), count = args.U32(1), payloads = args.U32(2);
  if (!BufferedChannel::Fits(*args.instance, base, count, payloads)) return Number(env, -EINVAL);
  std::unique_ptr<Channel> channel = std::make_unique<LoopbackChannel>(*args.instance, base, count, payloads);
  return Number(env, Place(args.instance->channels, std::move(channel)));
}

// (id, request): its slot.
napi_value Submit(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  auto* channel = FindChannel<LoopbackChannel>(*args.instance, args.U32(0));
  Bytes request = args.ByteArray(1);
  if (!channel) return Number(env, -EBADF);
  return Number(env, request.data || !request.length ? channel->Submit(request) : -EINVAL);
}

}  // namespace

void ExportLoopback(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "loopbackCreate", Create);
  Export(env, exports, instance, "loopbackSubmit", Submit);
}

}  // namespace fusewire
