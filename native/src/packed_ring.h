#pragma once
#include <cstdint>

#include "descriptor_chain.h"
#include "guest_memory.h"
#include "packed_descriptor.h"
#include "packed_inflight.h"
#include "segments.h"
#include "split_ring.h"

namespace fusewire {

// The device's view of a packed ring (virtio 1.2, 2.8): one table of descriptors, that both sides go around, and two event
// suppression areas. Where a split ring has its available and used parts, it has the driver's and the device's area.
class PackedRing {
 public:
  // What is told back of a buffer: its id, and how many descriptors it took. `entry`: what names it in the record.
  struct Buffer {
    uint16_t id;
    uint16_t count;
    uint16_t entry;
  };

  // Finds the parts. 0; -EINVAL: no legal size or alignment; -EFAULT: a part is not within one region.
  int Map(const SplitRing::Config& config, const MemoryTable& memory);
  // Where to go on, as in GET_VRING_BASE: available index and wrap counter in the lower half, used ones in the upper. False:
  // an index lies outside of the ring.
  bool Begin(uint32_t base);
  uint32_t Base() const { return available_.Half() | uint32_t{used_.Half()} << 16; }

  uint32_t size() const { return size_; }
  RingPosition used() const { return used_; }
  const PackedDescriptor* descriptors() const { return descriptors_; }
  // Goes on where an earlier device has left the ring.
  void Resume(RingPosition available, RingPosition used) {
    available_ = available;
    used_ = used;
  }
  // Acquires: a buffer stands at the available index, and may be read after it.
  bool Available() const { return available_.Available(descriptors_); }
  // Adds the buffer at the available index to the segments and steps over it. `record`, if there is one, keeps it.
  Breach Walk(const MemoryTable& memory, bool indirect, Segments& readable, Segments& writable, Buffer& buffer, PackedInflight* record);
  // The same of a buffer in the record, which `buffer.entry` names.
  Breach WalkAgain(const MemoryTable& memory, bool indirect, Segments& readable, Segments& writable, Buffer& buffer, const PackedInflight& record) const;
  // Releases a buffer to the guest.
  void PutUsed(const Buffer& buffer, uint32_t length);
  // Whether the guest wants to be interrupted, after `added` descriptors were stepped over since it was last asked.
  bool WantsInterrupt(uint16_t added) const;
  void NoKicks();
  void Kicks();

  // All that the device writes to.
  void Mark(DirtyLog& log, const MemoryTable& memory) const;

 private:
  uint32_t size_ = 0;
  bool event_idx_ = false;
  PackedDescriptor* descriptors_ = nullptr;
  const uint32_t* driver_event_ = nullptr;
  uint32_t* device_event_ = nullptr;
  RingPosition available_, used_;
};

}  // namespace fusewire
