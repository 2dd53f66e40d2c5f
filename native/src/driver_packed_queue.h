#pragma once
#include <vector>

#include "driver_queue.h"
#include "packed_descriptor.h"

namespace fusewire {

// A packed ring (virtio 1.2, 2.8). A chain is named by its buffer id.
class DriverPackedQueue : public DriverQueue {
 public:
  DriverPackedQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout);
  uint32_t Base() const override;

 protected:
  int32_t Put(uint32_t table, uint32_t count, uint32_t entries) override;
  bool Show() override;
  int32_t TakeUsed(uint32_t* pairs, uint32_t limit) override;
  void SetCalls(bool wanted) override;
  bool Rearm() override;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  void Describe(uint64_t address, uint32_t length, uint16_t id, uint16_t flags);

  PackedDescriptor* const descriptors_;
  uint32_t* const driver_event_;
  const uint32_t* const device_event_;

  std::vector<uint16_t> ids_;     // those that name no chain
  std::vector<uint16_t> length_;  // descriptors of the chain in flight with this id, 0 when there is none
  RingPosition available_, used_;
  // The first descriptor that the device must not see yet, and the flags it will have.
  uint32_t hidden_ = kNone;
  uint16_t hidden_flags_ = 0;
  uint16_t added_ = 0;  // descriptors since the last `Show`
};

}  // namespace fusewire
