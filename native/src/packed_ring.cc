#include "packed_ring.h"

#include <cerrno>

#include "dirty_log.h"

namespace fusewire {

namespace {
constexpr uint32_t kMaxSize = 32768;
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
  descriptors_ = reinterpret_cast<PackedDescriptor*>(descriptors);
  driver_event_ = reinterpret_cast<const uint32_t*>(driver);
  device_event_ = reinterpret_cast<uint32_t*>(device);
  return 0;
}

bool PackedRing::Begin(uint32_t base) {
  available_ = RingPosition::Of(base);
  used_ = RingPosition::Of(base >> 16);
  return available_.index < size_ && used_.index < size_;
}

namespace {
// Adds a buffer whose descriptors `next` gives, false when there are too many of them.
template <typename Next>
Breach Add(const MemoryTable& memory, uint32_t size, bool indirect, Segments& readable, Segments& writable, PackedRing::Buffer& buffer, Next next) {
  ChainWalk walk(memory, size, readable, writable);
  for (buffer.count = 1; buffer.count <= size; buffer.count++) {
    PackedDescriptor descriptor;
    if (!next(descriptor)) return Breach::kAvailableIndex;
    if (descriptor.flags & Descriptor::kIndirect) {
      // All of the table, whatever its flags say of a next one (2.8.7).
      if (!indirect || (descriptor.flags & Descriptor::kNext) || buffer.count > 1) return Breach::kIndirect;
      const uint32_t entries = descriptor.length / sizeof(PackedDescriptor);
      if (entries == 0 || descriptor.length % sizeof(PackedDescriptor) || entries > walk.MostIndirect()) return Breach::kIndirectLength;
      const auto* table = reinterpret_cast<const PackedDescriptor*>(memory.FromGuest(descriptor.address, descriptor.length));
      if (!table) return Breach::kAddress;
      for (uint32_t i = 0; i < entries; i++) {
        const PackedDescriptor entry = PackedDescriptor::Load(table + i);
        if (entry.flags & Descriptor::kIndirect) return Breach::kIndirect;
        if (Breach breach = walk.Add(entry.address, entry.length, entry.flags & Descriptor::kWrite); breach != Breach::kNone) return breach;
      }
    } else if (Breach breach = walk.Add(descriptor.address, descriptor.length, descriptor.flags & Descriptor::kWrite); breach != Breach::kNone) {
      return breach;
    }
    buffer.id = descriptor.id;
    if (!(descriptor.flags & Descriptor::kNext)) return Breach::kNone;
  }
  return Breach::kLength;
}
}  // namespace

Breach PackedRing::Walk(const MemoryTable& memory, bool indirect, Segments& readable, Segments& writable, Buffer& buffer, PackedInflight* record) {
  RingPosition at = available_;
  const Breach breach = Add(memory, size_, indirect, readable, writable, buffer, [&](PackedDescriptor& descriptor) {
    descriptor = PackedDescriptor::Load(descriptors_ + at.index);
    at.Step(1, size_);
    return !record || record->Add(descriptor);
  });
  if (breach != Breach::kNone) return breach;
  available_ = at;
  buffer.entry = record ? record->Taken() : 0;
  return breach;
}

Breach PackedRing::WalkAgain(const MemoryTable& memory, bool indirect, Segments& readable, Segments& writable, Buffer& buffer, const PackedInflight& record) const {
  const uint16_t count = record.count(buffer.entry);
  uint16_t at = buffer.entry, taken = 0;
  return Add(memory, size_, indirect, readable, writable, buffer, [&](PackedDescriptor& descriptor) {
    if (taken++ == count) return false;
    descriptor = record.Next(at);
    return true;
  });
}

void PackedRing::PutUsed(const Buffer& buffer, uint32_t length) {
  PackedDescriptor& descriptor = descriptors_[used_.index];
  __atomic_store_n(&descriptor.length, length, __ATOMIC_RELAXED);
  __atomic_store_n(&descriptor.id, buffer.id, __ATOMIC_RELAXED);
  const uint16_t flags = (used_.wrap ? PackedDescriptor::kAvailable | PackedDescriptor::kUsed : 0) | (length ? Descriptor::kWrite : 0);
  __atomic_store_n(&descriptor.flags, flags, __ATOMIC_RELEASE);
  used_.Step(buffer.count, size_);
}

bool PackedRing::WantsInterrupt(uint16_t added) const {
  // The guest writes its wish, then reads the flags of the descriptor; this is the other half of that pair.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return EventSuppression::Wants(__atomic_load_n(driver_event_, __ATOMIC_RELAXED), used_, size_, added, event_idx_);
}

void PackedRing::NoKicks() { __atomic_store_n(device_event_, EventSuppression::kDisable << 16, __ATOMIC_RELAXED); }

void PackedRing::Kicks() {
  const uint32_t event = event_idx_ ? EventSuppression::kDescriptor << 16 | available_.Half() : EventSuppression::kEnable;
  __atomic_store_n(device_event_, event, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void PackedRing::Mark(DirtyLog& log, const MemoryTable& memory) const {
  memory.Mark(log, descriptors_, 16 * uint64_t{size_});
  memory.Mark(log, device_event_, 4);
}

}  // namespace fusewire
