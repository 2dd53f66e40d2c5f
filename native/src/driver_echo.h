#pragma once
#include <atomic>
#include <memory>
#include <thread>

#include "driver_memory.h"
#include "driver_queue.h"

namespace fusewire {

// The device that no server can beat: a thread that watches one ring and answers each request at once, with a good header
// and whatever stands in the rest of the reply. It shows what the driver's side and the ring itself cost.
class DriverEcho {
 public:
  // The ring has indirect descriptors and no EVENT_IDX, and its driver is trusted. `call`: eventfd, the caller's.
  DriverEcho(std::shared_ptr<DriverMemory> memory, const DriverQueue::Layout& layout, int call);
  ~DriverEcho();

 private:
  void Serve();
  // The reply's length.
  uint32_t Answer(uint16_t head);
  uint8_t* At(uint64_t guest_address) const { return memory_->base + (guest_address - memory_->guest_address); }

  const std::shared_ptr<DriverMemory> memory_;
  const DriverQueue::Layout layout_;
  const int call_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace fusewire
