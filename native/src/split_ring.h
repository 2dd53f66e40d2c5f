#pragma once
#include <cstdint>

#include "guest_memory.h"

namespace fusewire {

// struct virtq_desc (virtio 1.2, 2.7.5).
struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;

  static constexpr uint16_t kNext = 1;
  static constexpr uint16_t kWrite = 2;
  static constexpr uint16_t kIndirect = 4;

  // Reads a descriptor once: the guest may change it at any time, so that what was checked must be what is used.
  static Descriptor Load(const uint8_t* at);
};
static_assert(sizeof(Descriptor) == 16);

// The device's view of the three parts of a split ring (virtio 1.2, 2.7) in guest memory. Indexes are free-running. The
// parts are little-endian, as the hosts this runs on.
class SplitRing {
 public:
  struct Config {
    uint32_t size;
    // Front-end user addresses.
    uint64_t descriptors, available, used;
    bool event_idx;
  };

  // Finds the parts. 0; -EINVAL: no legal size or alignment; -EFAULT: a part is not within one region.
  int Map(const Config& config, const MemoryTable& memory);

  uint32_t size() const { return mask_ + 1; }
  const uint8_t* descriptors() const { return descriptors_; }
  // All of it that the device writes to.
  const uint8_t* used() const { return used_; }
  size_t used_bytes() const { return 4 + 8 * size_t{size()} + (event_idx_ ? 2 : 0); }

  // Acquires: ring entries and descriptors before this index may be read after it.
  uint16_t AvailableIndex() const { return __atomic_load_n(&available_[1], __ATOMIC_ACQUIRE); }
  uint16_t Head(uint16_t index) const { return __atomic_load_n(&available_[2 + (index & mask_)], __ATOMIC_RELAXED); }
  uint16_t UsedIndex() const { return __atomic_load_n(UsedWord(2), __ATOMIC_RELAXED); }
  void PutUsed(uint16_t index, uint32_t head, uint32_t length);
  // Releases the elements before `index` to the guest without a thought for its sleep.
  void ExposeUsed(uint16_t index) { __atomic_store_n(UsedWord(2), index, __ATOMIC_RELEASE); }
  // Releases the elements before `index` to the guest; true when it wants to be interrupted, `published` being the index
  // it was last told (virtio 1.2, 2.7.7.2).
  bool PublishUsed(uint16_t index, uint16_t published);

  // Asks not to be kicked, or to be kicked once the guest makes `next` available. An available index must be read again
  // after Kicks.
  void NoKicks(uint16_t next);
  void Kicks(uint16_t next);

 private:
  uint16_t* UsedWord(size_t offset) const { return reinterpret_cast<uint16_t*>(used_ + offset); }
  uint16_t* AvailableEvent() const { return UsedWord(4 + 8 * size_t{size()}); }

  uint32_t mask_ = 0;
  bool event_idx_ = false;
  const uint8_t* descriptors_ = nullptr;
  const uint16_t* available_ = nullptr;
  uint8_t* used_ = nullptr;
};

}  // namespace fusewire
