#include "driver_queue.h"

#include <unistd.h>

#include "clock.h"
#include "driver_packed_queue.h"
#include "driver_split_queue.h"
#include "pause.h"

namespace fusewire {

bool DriverQueue::Valid(const DriverMemory& memory, const Layout& layout) {
  const uint64_t size = layout.size;
  const bool packed = layout.flags & kPacked;
  if (size == 0 || size > 32768 || (size & (size - 1)) != 0) return false;
  if (layout.descriptors % 16 || layout.available % (packed ? 4 : 2) || layout.used % 4) return false;
  return memory.Contains(layout.descriptors, 16 * size) && memory.Contains(layout.available, packed ? 4 : 6 + 2 * size) &&
         memory.Contains(layout.used, packed ? 4 : 6 + 8 * size);
}

std::unique_ptr<DriverQueue> DriverQueue::Open(std::shared_ptr<DriverMemory> memory, const Layout& layout) {
  std::unique_ptr<DriverQueue> queue;
  if (layout.flags & kPacked) queue = std::make_unique<DriverPackedQueue>(std::move(memory), layout);
  else queue = std::make_unique<DriverSplitQueue>(std::move(memory), layout);
  queue->SetPolled(layout.flags & kPolled);
  return queue;
}

void DriverQueue::SetPolled(bool polled) {
  flags_ = polled ? flags_ | kPolled : flags_ & ~kPolled;
  SetCalls(!polled);
}

int32_t DriverQueue::Add(uint32_t table, uint32_t count) {
  if (broken_) return -EIO;
  if (count == 0 || count > size_ || table % 16 || !memory_->Contains(table, uint64_t{count} * 16)) return -EINVAL;
  const uint32_t entries = has(kIndirect) ? 1 : count;
  if (free_ < entries) return -EAGAIN;
  free_ -= entries;
  return Put(table, count, entries);
}

int32_t DriverQueue::Publish() {
  if (!Show()) return 0;
  const uint64_t one = 1;
  return write(kick_, &one, sizeof one) == sizeof one ? 1 : -errno;
}

int32_t DriverQueue::Reap(uint32_t* pairs, uint32_t limit, uint32_t spin) {
  if (broken_) return -EIO;
  const int64_t deadline = spin ? Microseconds() + spin : 0;
  uint32_t count = 0;
  for (;;) {
    const int32_t taken = TakeUsed(pairs + 2 * count, limit - count);
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

}  // namespace fusewire
