#include "driver_packed_queue.h"

namespace fusewire {

DriverPackedQueue::DriverPackedQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout)
    : DriverQueue(std::move(memory), layout),
      descriptors_(reinterpret_cast<PackedDescriptor*>(memory_->base + layout.descriptors)),
      driver_event_(reinterpret_cast<uint32_t*>(memory_->base + layout.available)),
      device_event_(reinterpret_cast<uint32_t*>(memory_->base + layout.used)),
      ids_(layout.size),
      length_(layout.size) {
  for (uint32_t i = 0; i < size_; i++) ids_[i] = size_ - 1 - i;
}

uint32_t DriverPackedQueue::Base() const {
  RingPosition at = used_;
  for (uint32_t left = size_ - free_; left > 0 && at.Used(descriptors_);) {
    const uint16_t id = __atomic_load_n(&descriptors_[at.index].id, __ATOMIC_RELAXED);
    if (id >= size_ || length_[id] == 0 || length_[id] > left) break;
    left -= length_[id];
    at.Step(length_[id], size_);
  }
  return at.Half() | uint32_t{at.Half()} << 16;
}

void DriverPackedQueue::SetCalls(bool wanted) {
  __atomic_store_n(driver_event_, (wanted ? EventSuppression::kEnable : EventSuppression::kDisable) << 16, __ATOMIC_RELAXED);
  Rearm();
}

int32_t DriverPackedQueue::Put(uint32_t table, uint32_t count, uint32_t entries) {
  const uint16_t id = ids_.back();
  ids_.pop_back();
  length_[id] = entries;
  auto* source = reinterpret_cast<Descriptor*>(memory_->base + table);
  if (has(kIndirect)) {
    for (uint32_t i = 0; i < count; i++) source[i].next = source[i].flags & kWrite;
    Describe(memory_->guest_address + table, count * 16, id, kTable);
  } else {
    for (uint32_t i = 0; i < count; i++) {
      Describe(source[i].address, source[i].length, id, (source[i].flags & kWrite) | (i + 1 < count ? kNext : 0));
    }
  }
  return id;
}

// The first descriptor of all that is shown at once gets its flags last: the device looks at no other before it (2.8.21).
void DriverPackedQueue::Describe(uint64_t address, uint32_t length, uint16_t id, uint16_t flags) {
  PackedDescriptor& descriptor = descriptors_[available_.index];
  descriptor.address = address;
  descriptor.length = length;
  descriptor.id = id;
  flags |= available_.wrap ? PackedDescriptor::kAvailable : PackedDescriptor::kUsed;
  if (hidden_ != kNone) __atomic_store_n(&descriptor.flags, flags, __ATOMIC_RELAXED);
  else {
    hidden_ = available_.index;
    hidden_flags_ = flags;
  }
  available_.Step(1, size_);
  added_++;
}

bool DriverPackedQueue::Show() {
  if (hidden_ == kNone) return false;
  __atomic_store_n(&descriptors_[hidden_].flags, hidden_flags_, __ATOMIC_RELEASE);
  hidden_ = kNone;
  const uint16_t added = added_;
  added_ = 0;
  // The flags before the look at what the device wants.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return EventSuppression::Wants(__atomic_load_n(device_event_, __ATOMIC_RELAXED), available_, size_, added, has(kEventIndex));
}

int32_t DriverPackedQueue::TakeUsed(uint32_t* pairs, uint32_t limit) {
  uint32_t count = 0;
  for (; count < limit && used_.Used(descriptors_); count++) {
    const PackedDescriptor& descriptor = descriptors_[used_.index];
    const uint16_t id = __atomic_load_n(&descriptor.id, __ATOMIC_RELAXED);
    if (id >= size_ || length_[id] == 0) return Break();
    pairs[2 * count] = id;
    pairs[2 * count + 1] = __atomic_load_n(&descriptor.length, __ATOMIC_RELAXED);
    used_.Step(length_[id], size_);
    free_ += length_[id];
    length_[id] = 0;
    ids_.push_back(id);
  }
  return count;
}

bool DriverPackedQueue::Rearm() {
  // Without EVENT_IDX the device calls for every chain, unless told not to.
  if (!has(kEventIndex) || has(kPolled)) return false;
  __atomic_store_n(driver_event_, EventSuppression::kDescriptor << 16 | used_.Half(), __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return used_.Used(descriptors_);
}

}  // namespace fusewire
