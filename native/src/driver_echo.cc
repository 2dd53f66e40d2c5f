#include "driver_echo.h"

#include <string.h>
#include <unistd.h>

#include "pause.h"
#include "split_ring.h"

namespace fusewire {

DriverEcho::DriverEcho(std::shared_ptr<DriverMemory> memory, const DriverQueue::Layout& layout, int call)
    : memory_(std::move(memory)), layout_(layout), call_(call), thread_([this] { Serve(); }) {}

DriverEcho::~DriverEcho() {
  over_ = true;
  thread_.join();
}

void DriverEcho::Serve() {
  constexpr uint16_t kNoNotify = 1, kNoInterrupt = 1;
  auto* available = reinterpret_cast<uint16_t*>(memory_->base + layout_.available);
  auto* used = reinterpret_cast<uint16_t*>(memory_->base + layout_.used);
  auto* elements = reinterpret_cast<uint32_t*>(used + 2);
  __atomic_store_n(used, kNoNotify, __ATOMIC_RELAXED);
  for (uint16_t next = 0; !over_.load(std::memory_order_relaxed);) {
    uint16_t end = __atomic_load_n(available + 1, __ATOMIC_ACQUIRE);
    if (next == end) {
      Pause();
      continue;
    }
    for (; next != end; next++) {
      uint32_t at = next & (layout_.size - 1);
      uint16_t head = available[2 + at];
      elements[2 * at + 1] = Answer(head);
      elements[2 * at] = head;
    }
    __atomic_store_n(used + 1, next, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint64_t one = 1;
    if (!(__atomic_load_n(available, __ATOMIC_RELAXED) & kNoInterrupt) && write(call_, &one, sizeof one) < 0) return;
  }
}

uint32_t DriverEcho::Answer(uint16_t head) {
  Descriptor table = Descriptor::Load(memory_->base + layout_.descriptors + 16 * head);
  uint8_t* request = nullptr;
  uint8_t* reply = nullptr;
  uint32_t length = 0;
  for (uint32_t i = 0; i < table.length / 16; i++) {
    Descriptor descriptor = Descriptor::Load(At(table.address) + 16 * i);
    if (!(descriptor.flags & Descriptor::kWrite)) {
      if (!request) request = At(descriptor.address);
      continue;
    }
    if (!reply) reply = At(descriptor.address);
    length += descriptor.length;
  }
  if (!request || !reply) return 0;
  // struct fuse_out_header: len, error, unique; `unique` stands at 8 in fuse_in_header too.
  const uint32_t good[2] = {length, 0};
  memcpy(reply, good, sizeof good);
  memcpy(reply + 8, request + 8, 8);
  return length;
}

}  // namespace fusewire
