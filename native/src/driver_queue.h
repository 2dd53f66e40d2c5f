#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "driver_memory.h"

namespace fusewire {

// The driver's side of a split virtqueue (virtio 1.2, 2.7). What the driver must remember of its own chains it keeps in
// private memory: the device can write to the ring, and is not trusted to leave it alone.
class DriverQueue {
 public:
  static constexpr uint32_t kIndirect = 1;   // VIRTIO_F_INDIRECT_DESC was negotiated
  static constexpr uint32_t kEventIndex = 2; // VIRTIO_F_EVENT_IDX was negotiated
  static constexpr uint32_t kPolled = 4;     // the device need not call: whoever submits also reaps

  struct Layout {
    uint32_t size;  // entries, a power of two up to 32768
    uint32_t descriptors, available, used;  // offsets in the memory, aligned to 16, 2 and 4 bytes
    uint32_t flags;
    int kick;  // eventfd, owned by the caller and open for as long as the queue
  };
  static bool Valid(const DriverMemory& memory, const Layout& layout);

  // The ring's memory must be zero.
  DriverQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout);

  // Makes a chain of the `count` descriptors of 16 bytes that stand at offset `table` in the memory, linked in order; an
  // indirect ring refers to the table, which stays the chain's until it is reaped. The head descriptor, which names the
  // chain until then; -EAGAIN: no room.
  int32_t Add(uint32_t table, uint32_t count);
  // Shows the device all chains added so far. 1 when it wanted a kick and got one.
  int32_t Publish();
  // Takes up to `limit` used chains as pairs of head and used length, watching up to `spin` microseconds for one. Fewer
  // than `limit`: the ring was empty, and the device will call for the next. -EIO: the device broke the ring.
  int32_t Reap(uint32_t* pairs, uint32_t limit, uint32_t spin);
  // Turns kPolled on or off; what is used already must be reaped without a call.
  void SetPolled(bool polled);
  uint32_t size() const { return size_; }

 private:
  struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
  };
  struct UsedElement {
    uint32_t id;
    uint32_t length;
  };

  int32_t TakeUsed(uint32_t* pairs, uint32_t limit);
  // Asks for a call at the next used chain; true when there is one already.
  bool Rearm();
  void Free(uint16_t head);

  const std::shared_ptr<DriverMemory> memory_;
  const uint32_t size_;
  uint32_t flags_;
  const int kick_;
  Descriptor* const descriptors_;
  uint16_t* const available_;  // flags, idx, ring[size], used_event
  uint16_t* const used_;       // flags, idx, then elements of 8 bytes, avail_event

  std::vector<uint16_t> next_;    // links of the free list and of each chain in flight
  std::vector<uint16_t> length_;  // descriptors of the chain in flight that starts here, 0 when none does
  uint32_t free_count_;
  uint16_t free_head_ = 0;
  uint16_t available_index_ = 0;
  uint16_t published_index_ = 0;
  uint16_t used_index_ = 0;
  bool broken_ = false;
};

}  // namespace fusewire
