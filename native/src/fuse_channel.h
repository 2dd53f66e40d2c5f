#pragma once
#include "buffered_channel.h"
#include "unique_fd.h"

namespace fusewire {

// A FUSE connection by its /dev/fuse fd: each read(2) is one request, each write(2) one reply (fuse(4)).
class FuseChannel : public BufferedChannel {
 public:
  static constexpr Kind kKind = Kind::kFuse;
  // Owns `fd`, which is non-blocking.
  FuseChannel(Instance& instance, UniqueFd fd, uint32_t base, uint32_t count, uint32_t payloads)
      : BufferedChannel(instance, kKind, base, count, payloads), fd_(std::move(fd)) {}

 protected:
  int32_t Fetch(uint32_t spin) override;
  void Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) override;
  void Release() override { fd_.reset(); }

 private:
  int32_t ReadBatch();
  int32_t ReadRequest(uint32_t slot);

  UniqueFd fd_;
};

}  // namespace fusewire
