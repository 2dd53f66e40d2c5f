#include "driver_split_queue.h"

namespace fusewire {

namespace {
constexpr uint16_t kNoInterrupt = 1;
constexpr uint16_t kNoNotify = 1;
// Words before a ring: flags and idx.
constexpr uint32_t kHeader = 2;
// Half of the index space away: an event index that is not reached before it is moved on.
constexpr uint16_t kNever = 0x8000;

template <typename Word>
Word Load(const Word* word, int order) {
  return __atomic_load_n(word, order);
}
void Store(uint16_t* word, uint16_t value, int order) { __atomic_store_n(word, value, order); }
void Fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
}  // namespace

DriverSplitQueue::DriverSplitQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout)
    : DriverQueue(std::move(memory), layout),
      descriptors_(reinterpret_cast<Descriptor*>(memory_->base + layout.descriptors)),
      available_(reinterpret_cast<uint16_t*>(memory_->base + layout.available)),
      used_(reinterpret_cast<uint16_t*>(memory_->base + layout.used)),
      next_(layout.size),
      length_(layout.size) {
  for (uint32_t i = 0; i < size_; i++) next_[i] = i + 1;
}

uint32_t DriverSplitQueue::Base() const { return Load(used_ + 1, __ATOMIC_ACQUIRE); }

void DriverSplitQueue::SetCalls(bool wanted) {
  Store(available_, wanted ? uint16_t{0} : kNoInterrupt, __ATOMIC_RELAXED);
  Rearm();
}

int32_t DriverSplitQueue::Put(uint32_t table, uint32_t count, uint32_t entries) {
  const uint16_t head = free_head_;
  if (has(kIndirect)) {
    descriptors_[head] = {memory_->guest_address + table, count * 16, kTable, 0};
    free_head_ = next_[head];
  } else {
    auto* source = reinterpret_cast<const Descriptor*>(memory_->base + table);
    uint16_t at = head;
    for (uint32_t i = 0; i < count; i++) {
      const bool last = i + 1 == count;
      const uint16_t flags = (source[i].flags & kWrite) | (last ? 0 : kNext);
      descriptors_[at] = {source[i].address, source[i].length, flags, last ? uint16_t{0} : next_[at]};
      at = next_[at];
    }
    free_head_ = at;
  }
  length_[head] = entries;
  Store(available_ + kHeader + (available_index_++ & (size_ - 1)), head, __ATOMIC_RELAXED);
  return head;
}

bool DriverSplitQueue::Show() {
  const uint16_t old = published_index_;
  if (old == available_index_) return false;
  published_index_ = available_index_;
  // The chains before the index; then the index before the look at what the device wants (2.7.13).
  Store(available_ + 1, available_index_, __ATOMIC_RELEASE);
  Fence();
  if (!has(kEventIndex)) return !(Load(used_, __ATOMIC_RELAXED) & kNoNotify);
  const uint16_t event = Load(used_ + kHeader + 4 * size_, __ATOMIC_RELAXED);
  return uint16_t(available_index_ - event - 1) < uint16_t(available_index_ - old);
}

int32_t DriverSplitQueue::TakeUsed(uint32_t* pairs, uint32_t limit) {
  const uint16_t index = Load(used_ + 1, __ATOMIC_ACQUIRE);
  const uint32_t waiting = uint16_t(index - used_index_);
  if (waiting > size_ - free_) return Break();
  auto* ring = reinterpret_cast<UsedElement*>(used_ + kHeader);
  uint32_t count = 0;
  for (; count < waiting && count < limit; count++) {
    UsedElement& element = ring[used_index_++ & (size_ - 1)];
    const uint32_t id = Load(&element.id, __ATOMIC_RELAXED);
    const uint32_t length = Load(&element.length, __ATOMIC_RELAXED);
    if (id >= size_ || length_[id] == 0) return Break();
    Free(id);
    pairs[2 * count] = id;
    pairs[2 * count + 1] = length;
  }
  return count;
}

bool DriverSplitQueue::Rearm() {
  // Without EVENT_IDX the device calls for every chain, unless NO_INTERRUPT was set at the start: nothing can be missed.
  if (!has(kEventIndex)) return false;
  const bool polled = has(kPolled);
  Store(available_ + kHeader + size_, polled ? used_index_ + kNever : used_index_, __ATOMIC_RELAXED);
  Fence();
  return !polled && Load(used_ + 1, __ATOMIC_RELAXED) != used_index_;
}

void DriverSplitQueue::Free(uint16_t head) {
  uint16_t last = head;
  for (uint32_t i = 1; i < length_[head]; i++) last = next_[last];
  next_[last] = free_head_;
  free_head_ = head;
  free_ += length_[head];
  length_[head] = 0;
}

}  // namespace fusewire
