#pragma once
#include <cstdint>
#include <cstring>

namespace fusewire {

// struct pvirtq_desc (virtio 1.2, 2.8.13).
struct PackedDescriptor {
  static constexpr uint16_t kAvailable = 1 << 7, kUsed = 1 << 15;
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t flags;

  // Reads it once, as Descriptor::Load.
  static PackedDescriptor Load(const PackedDescriptor* at) {
    PackedDescriptor descriptor;
    memcpy(&descriptor, at, sizeof descriptor);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return descriptor;
  }
};
static_assert(sizeof(PackedDescriptor) == 16);

// Where a side of a packed ring stands: an index and its wrap counter.
struct RingPosition {
  uint16_t index = 0;
  bool wrap = true;

  void Step(uint32_t count, uint32_t size) {
    const uint32_t next = index + count;
    if (next >= size) wrap = !wrap;
    index = static_cast<uint16_t>(next >= size ? next - size : next);
  }
  // As in event suppression areas and GET_VRING_BASE.
  uint16_t Half() const { return index | (wrap ? 0x8000 : 0); }
  // Acquires: what the driver has made available stands there.
  bool Available(const PackedDescriptor* ring) const {
    const uint16_t flags = __atomic_load_n(&ring[index].flags, __ATOMIC_ACQUIRE);
    return ((flags & PackedDescriptor::kAvailable) != 0) == wrap && ((flags & PackedDescriptor::kUsed) != 0) != wrap;
  }
  // Acquires: what the device has used stands there.
  bool Used(const PackedDescriptor* ring) const {
    const uint16_t flags = __atomic_load_n(&ring[index].flags, __ATOMIC_ACQUIRE);
    return ((flags & PackedDescriptor::kAvailable) != 0) == wrap && ((flags & PackedDescriptor::kUsed) != 0) == wrap;
  }
  static RingPosition Of(uint32_t half) { return {static_cast<uint16_t>(half & 0x7fff), (half >> 15 & 1) != 0}; }
};

// struct pvirtq_event_suppress: offset and wrap counter in the lower half of the word, flags in the upper.
struct EventSuppression {
  static constexpr uint32_t kEnable = 0, kDisable = 1, kDescriptor = 2;

  // Whether the other side, whose wish this is, wants to hear of the `added` descriptors before `now`.
  static bool Wants(uint32_t wish, RingPosition now, uint32_t size, uint16_t added, bool event_idx) {
    const uint32_t flags = wish >> 16 & 3;
    if (flags != kDescriptor || !event_idx) return flags != kDisable;
    const RingPosition event = RingPosition::Of(wish);
    const uint16_t wanted = event.index - (event.wrap != now.wrap ? size : 0);
    return static_cast<uint16_t>(now.index - wanted - 1) < added;
  }
};

}  // namespace fusewire
