#include "packed_ring.h"

#include <cerrno>
#include <cstring>

#include "dirty_log.h"

namespace fusewire {

namespace {
constexpr uint32_t kMaxSize = 32768;
constexpr uint16_t kAvailable = 1 << 7, kUsed = 1 << 15;
// struct pvirtq_event_suppress: offset and wrap counter in the lower half of the word, flags in the upper.
constexpr uint32_t kEnable = 0, kDisable = 1, kDescriptor = 2;

// struct pvirtq_desc.
struct PackedDescriptor {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t flags;

  // Reads it once, as Descriptor::Load.
  static PackedDescriptor Load(const uint8_t* at) {
    PackedDescriptor descriptor;
    memcpy(&descriptor, at, sizeof descriptor);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return descriptor;
  }
};
static_assert(sizeof(PackedDescriptor) == 16);

uint16_t* Flags(uint8_t* descriptor) { return reinterpret_cast<uint16_t*>(descriptor + offsetof(PackedDescriptor, flags)); }
}  // namespace

int PackedRing::Map(const SplitRing::Config& config, const MemoryTable& memory) {
  // Any size is legal here (2.8.10.1); front-ends have powers of two.
  if (config.size == 0 || config.size > kMaxSize) return -EINVAL;
  uint8_t* descriptors = memory.FromUser(config.descriptors, 16 * uint64_t{config.size});
  const uint8_t* driver = memory.FromUser(config.available, 4);
  uint8_t* device = memory.FromUser(config.used, 4);
  if (!descriptors || !driver || !device) return -EFAULT;
  if (reinterpret_cast<uintptr_t>(descriptors) % 16 || reinterpret_cast<uintptr_t>(driver) % 4 || reinterpret_cast<uintptr_t>(device) % 4) return -EINVAL;
  size_ = config.size;
  event_idx_ = config.event_idx;
  descriptors_ = descriptors;
  driver_event_ = reinterpret_cast<const uint32_t*>(driver);
  device_event_ = reinterpret_cast<uint32_t*>(device);
  return 0;
}

bool PackedRing::Begin(uint32_t base) {
  available_ = base & 0x7fff;
  available_wrap_ = base >> 15 & 1;
  used_ = base >> 16 & 0x7fff;
  used_wrap_ = base >> 31;
  return available_ < size_ && used_ < size_;
}

void PackedRing::Step(uint16_t& index, bool& wrap, uint32_t count) const {
  const uint32_t next = index + count;
  if (next >= size_) wrap = !wrap;
  index = static_cast<uint16_t>(next >= size_ ? next - size_ : next);
}

bool PackedRing::Available() const {
  const uint16_t flags = __atomic_load_n(Flags(descriptors_ + 16 * size_t{available_}), __ATOMIC_ACQUIRE);
  return ((flags & kAvailable) != 0) == available_wrap_ && ((flags & kUsed) != 0) != available_wrap_;
}

Breach PackedRing::Walk(const MemoryTable& memory, bool indirect, Segments& readable, Segments& writable, Buffer& buffer) {
  ChainWalk walk(memory, size_, readable, writable);
  uint16_t at = available_;
  bool wrap = available_wrap_;
  for (uint32_t count = 1;; count++) {
    if (count > size_) return Breach::kLength;
    const PackedDescriptor descriptor = PackedDescriptor::Load(descriptors_ + 16 * size_t{at});
    Step(at, wrap, 1);
    if (descriptor.flags & Descriptor::kIndirect) {
      // All of the table, whatever its flags say of a next one (2.8.7).
      if (!indirect || (descriptor.flags & Descriptor::kNext) || count > 1) return Breach::kIndirect;
      const uint32_t entries = descriptor.length / sizeof(PackedDescriptor);
      if (entries == 0 || descriptor.length % sizeof(PackedDescriptor) || entries > walk.MostIndirect()) return Breach::kIndirectLength;
      const uint8_t* table = memory.FromGuest(descriptor.address, descriptor.length);
      if (!table) return Breach::kAddress;
      for (uint32_t i = 0; i < entries; i++) {
        const PackedDescriptor entry = PackedDescriptor::Load(table + i * sizeof(PackedDescriptor));
        if (entry.flags & Descriptor::kIndirect) return Breach::kIndirect;
        if (Breach breach = walk.Add(entry.address, entry.length, entry.flags & Descriptor::kWrite); breach != Breach::kNone) return breach;
      }
    } else if (Breach breach = walk.Add(descriptor.address, descriptor.length, descriptor.flags & Descriptor::kWrite); breach != Breach::kNone) {
      return breach;
    }
    if (descriptor.flags & Descriptor::kNext) continue;
    buffer = {descriptor.id, static_cast<uint16_t>(count)};
    available_ = at;
    available_wrap_ = wrap;
    return Breach::kNone;
  }
}

void PackedRing::PutUsed(const Buffer& buffer, uint32_t length) {
  uint8_t* descriptor = descriptors_ + 16 * size_t{used_};
  __atomic_store_n(reinterpret_cast<uint32_t*>(descriptor + offsetof(PackedDescriptor, length)), length, __ATOMIC_RELAXED);
  __atomic_store_n(reinterpret_cast<uint16_t*>(descriptor + offsetof(PackedDescriptor, id)), buffer.id, __ATOMIC_RELAXED);
  const uint16_t flags = (used_wrap_ ? kAvailable | kUsed : 0) | (length ? Descriptor::kWrite : 0);
  __atomic_store_n(Flags(descriptor), flags, __ATOMIC_RELEASE);
  Step(used_, used_wrap_, buffer.count);
}

bool PackedRing::WantsInterrupt(uint16_t added) const {
  // The guest writes its wish, then reads the flags of the descriptor; this is the other half of that pair.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  const uint32_t event = __atomic_load_n(driver_event_, __ATOMIC_RELAXED);
  const uint32_t flags = event >> 16 & 3;
  if (flags != kDescriptor || !event_idx_) return flags != kDisable;
  uint16_t wanted = event & 0x7fff;
  if ((event >> 15 & 1) != used_wrap_) wanted -= size_;
  return static_cast<uint16_t>(used_ - wanted - 1) < added;
}

void PackedRing::NoKicks() { __atomic_store_n(device_event_, kDisable << 16, __ATOMIC_RELAXED); }

void PackedRing::Kicks() {
  const uint32_t event = event_idx_ ? kDescriptor << 16 | Half(available_, available_wrap_) : kEnable;
  __atomic_store_n(device_event_, event, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void PackedRing::Mark(DirtyLog& log, const MemoryTable& memory) const {
  memory.Mark(log, descriptors_, 16 * uint64_t{size_});
  memory.Mark(log, device_event_, 4);
}

}  // namespace fusewire
