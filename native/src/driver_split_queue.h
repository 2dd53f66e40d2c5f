#pragma once
#include <vector>

#include "driver_queue.h"

namespace fusewire {

// A split ring (virtio 1.2, 2.7). A chain is named by its head descriptor.
class DriverSplitQueue : public DriverQueue {
 public:
  DriverSplitQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout);
  uint32_t Base() const override;

 protected:
  int32_t Put(uint32_t table, uint32_t count, uint32_t entries) override;
  bool Show() override;
  int32_t TakeUsed(uint32_t* pairs, uint32_t limit) override;
  void SetCalls(bool wanted) override;
  bool Rearm() override;

 private:
  struct UsedElement {
    uint32_t id;
    uint32_t length;
  };
  void Free(uint16_t head);

  Descriptor* const descriptors_;
  uint16_t* const available_;  // flags, idx, ring[size], used_event
  uint16_t* const used_;       // flags, idx, then elements of 8 bytes, avail_event

  std::vector<uint16_t> next_;    // links of the free list and of each chain in flight
  std::vector<uint16_t> length_;  // descriptors of the chain in flight that starts here, 0 when none does
  uint16_t free_head_ = 0;
  uint16_t available_index_ = 0;
  uint16_t published_index_ = 0;
  uint16_t used_index_ = 0;
};

}  // namespace fusewire
