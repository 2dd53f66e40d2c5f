#include "driver_queue.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "pause.h"

namespace fusewire {

namespace {

constexpr uint16_t kNext = 1;
constexpr uint16_t kWrite = 2;
constexpr uint16_t kIndirectTable = 4;
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

int64_t Microseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

}  // namespace

bool DriverQueue::Valid(const DriverMemory& memory, const Layout& layout) {
  uint64_t size = layout.size;
  if (size == 0 || size > 32768 || (size & (size - 1)) != 0) return false;
  if (layout.descriptors % 16 || layout.available % 2 || layout.used % 4) return false;
  return memory.Contains(layout.descriptors, 16 * size) && memory.Contains(layout.available, 6 + 2 * size) &&
         memory.Contains(layout.used, 6 + 8 * size);
}

DriverQueue::DriverQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout)
    : memory_(std::move(memory)),
      size_(layout.size),
      flags_(layout.flags),
      kick_(layout.kick),
      descriptors_(reinterpret_cast<Descriptor*>(memory_->base + layout.descriptors)),
      available_(reinterpret_cast<uint16_t*>(memory_->base + layout.available)),
      used_(reinterpret_cast<uint16_t*>(memory_->base + layout.used)),
      next_(layout.size),
      length_(layout.size),
      free_count_(layout.size) {
  for (uint32_t i = 0; i < size_; i++) next_[i] = i + 1;
  SetPolled(flags_ & kPolled);
}

void DriverQueue::SetPolled(bool polled) {
  flags_ = polled ? flags_ | kPolled : flags_ & ~kPolled;
  Store(available_, polled ? kNoInterrupt : uint16_t{0}, __ATOMIC_RELAXED);
  Rearm();
}

int32_t DriverQueue::Add(uint32_t table, uint32_t count) {
  if (broken_) return -EIO;
  if (count == 0 || count > size_ || table % 16 || !memory_->Contains(table, uint64_t{count} * 16)) return -EINVAL;
  uint32_t needed = flags_ & kIndirect ? 1 : count;
  if (free_count_ < needed) return -EAGAIN;

  uint16_t head = free_head_;
  if (flags_ & kIndirect) {
    descriptors_[head] = {memory_->guest_address + table, count * 16, kIndirectTable, 0};
    free_head_ = next_[head];
  } else {
    auto* source = reinterpret_cast<const Descriptor*>(memory_->base + table);
    uint16_t at = head;
    for (uint32_t i = 0; i < count; i++) {
      bool last = i + 1 == count;
      uint16_t flags = (source[i].flags & kWrite) | (last ? 0 : kNext);
      descriptors_[at] = {source[i].address, source[i].length, flags, last ? uint16_t{0} : next_[at]};
      at = next_[at];
    }
    free_head_ = at;
  }
  free_count_ -= needed;
  length_[head] = needed;
  Store(available_ + kHeader + (available_index_++ & (size_ - 1)), head, __ATOMIC_RELAXED);
  return head;
}

int32_t DriverQueue::Publish() {
  uint16_t old = published_index_;
  if (old == available_index_) return 0;
  published_index_ = available_index_;
  // The chains before the index; then the index before the look at what the device wants (2.7.13).
  Store(available_ + 1, available_index_, __ATOMIC_RELEASE);
  Fence();
  bool wanted;
  if (flags_ & kEventIndex) {
    uint16_t event = Load(used_ + kHeader + 4 * size_, __ATOMIC_RELAXED);
    wanted = uint16_t(available_index_ - event - 1) < uint16_t(available_index_ - old);
  } else {
    wanted = !(Load(used_, __ATOMIC_RELAXED) & kNoNotify);
  }
  if (!wanted) return 0;
  uint64_t one = 1;
  return write(kick_, &one, sizeof one) == sizeof one ? 1 : -errno;
}

int32_t DriverQueue::Reap(uint32_t* pairs, uint32_t limit, uint32_t spin) {
  if (broken_) return -EIO;
  int64_t deadline = spin ? Microseconds() + spin : 0;
  uint32_t count = 0;
  for (;;) {
    int32_t taken = TakeUsed(pairs + 2 * count, limit - count);
    if (taken < 0) return taken;
    count += taken;
    if (count == limit) return count;
    if (count == 0 && spin && Microseconds() < deadline) {
      Pause();
      continue;
    }
    if (!Rearm()) return count;
  }
}

int32_t DriverQueue::TakeUsed(uint32_t* pairs, uint32_t limit) {
  uint16_t index = Load(used_ + 1, __ATOMIC_ACQUIRE);
  uint32_t waiting = uint16_t(index - used_index_);
  if (waiting > size_ - free_count_) {
    broken_ = true;
    return -EIO;
  }
  auto* ring = reinterpret_cast<UsedElement*>(used_ + kHeader);
  uint32_t count = 0;
  for (; count < waiting && count < limit; count++) {
    UsedElement& element = ring[used_index_++ & (size_ - 1)];
    uint32_t id = Load(&element.id, __ATOMIC_RELAXED);
    uint32_t length = Load(&element.length, __ATOMIC_RELAXED);
    if (id >= size_ || length_[id] == 0) {
      broken_ = true;
      return -EIO;
    }
    Free(id);
    pairs[2 * count] = id;
    pairs[2 * count + 1] = length;
  }
  return count;
}

bool DriverQueue::Rearm() {
  // Without EVENT_IDX the device calls for every chain, unless NO_INTERRUPT was set at the start: nothing can be missed.
  if (!(flags_ & kEventIndex)) return false;
  bool polled = flags_ & kPolled;
  Store(available_ + kHeader + size_, polled ? used_index_ + kNever : used_index_, __ATOMIC_RELAXED);
  Fence();
  return !polled && Load(used_ + 1, __ATOMIC_RELAXED) != used_index_;
}

void DriverQueue::Free(uint16_t head) {
  uint16_t last = head;
  for (uint32_t i = 1; i < length_[head]; i++) last = next_[last];
  next_[last] = free_head_;
  free_head_ = head;
  free_count_ += length_[head];
  length_[head] = 0;
}

}  // namespace fusewire
