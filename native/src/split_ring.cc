#include "split_ring.h"

#include <cerrno>
#include <cstring>

namespace fusewire {

namespace {
constexpr uint32_t kMaxSize = 32768;
constexpr uint16_t kNoInterrupt = 1;  // available flags
constexpr uint16_t kNoNotify = 1;     // used flags

bool Aligned(const void* pointer, uintptr_t alignment) { return reinterpret_cast<uintptr_t>(pointer) % alignment == 0; }
}  // namespace

Descriptor Descriptor::Load(const uint8_t* at) {
  Descriptor descriptor;
  memcpy(&descriptor, at, sizeof descriptor);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  return descriptor;
}

int SplitRing::Map(const Config& config, const MemoryTable& memory) {
  const uint64_t size = config.size;
  if (size == 0 || size > kMaxSize || (size & (size - 1)) != 0) return -EINVAL;
  const uint64_t event = config.event_idx ? 2 : 0;
  const uint8_t* descriptors = memory.FromUser(config.descriptors, 16 * size);
  const uint8_t* available = memory.FromUser(config.available, 4 + 2 * size + event);
  uint8_t* used = memory.FromUser(config.used, 4 + 8 * size + event);
  if (!descriptors || !available || !used) return -EFAULT;
  if (!Aligned(descriptors, 16) || !Aligned(available, 2) || !Aligned(used, 4)) return -EINVAL;
  mask_ = config.size - 1;
  event_idx_ = config.event_idx;
  descriptors_ = descriptors;
  available_ = reinterpret_cast<const uint16_t*>(available);
  used_ = used;
  return 0;
}

void SplitRing::PutUsed(uint16_t index, uint32_t head, uint32_t length) {
  auto* element = reinterpret_cast<uint32_t*>(used_ + 4 + 8 * size_t{index & mask_});
  __atomic_store_n(&element[0], head, __ATOMIC_RELAXED);
  __atomic_store_n(&element[1], length, __ATOMIC_RELAXED);
}

bool SplitRing::PublishUsed(uint16_t index, uint16_t published) {
  __atomic_store_n(UsedWord(2), index, __ATOMIC_RELEASE);
  // The guest writes its wish, then reads the used index; this is the other half of that pair.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!event_idx_) return (__atomic_load_n(&available_[0], __ATOMIC_RELAXED) & kNoInterrupt) == 0;
  const uint16_t event = __atomic_load_n(&available_[2 + size()], __ATOMIC_RELAXED);
  return static_cast<uint16_t>(index - event - 1) < static_cast<uint16_t>(index - published);
}

void SplitRing::NoKicks(uint16_t next) {
  if (event_idx_) {
    // An event just passed: the guest comes by it again after 65535 requests.
    __atomic_store_n(AvailableEvent(), static_cast<uint16_t>(next - 1), __ATOMIC_RELAXED);
  } else {
    __atomic_store_n(UsedWord(0), kNoNotify, __ATOMIC_RELAXED);
  }
}

void SplitRing::Kicks(uint16_t next) {
  if (event_idx_) {
    __atomic_store_n(AvailableEvent(), next, __ATOMIC_RELAXED);
  } else {
    __atomic_store_n(UsedWord(0), uint16_t{0}, __ATOMIC_RELAXED);
  }
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

}  // namespace fusewire
