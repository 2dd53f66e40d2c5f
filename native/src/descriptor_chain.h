#pragma once
#include "segments.h"
#include "split_ring.h"

namespace fusewire {

// Why a ring is not served any further: the guest broke a rule of virtio 1.2, 2.7. Mirrored in native/virtqueue.ts.
enum class Breach : uint32_t {
  kNone = 0,
  kAvailableIndex = 1,  // more requests available than the ring has entries
  kDescriptorIndex = 2,  // beyond the descriptor table
  kLength = 3,           // a chain longer than its table: a loop
  kIndirect = 4,         // not negotiated, nested, or with a next descriptor
  kIndirectLength = 5,   // not a multiple of 16, empty, or too long
  kAddress = 6,          // outside guest memory
  kOrder = 7,            // readable after writable
  kTotal = 8,            // a chain of more than 2^31 bytes, or in more pieces than regions can cut it into
  kRingMemory = 9,       // the ring itself lies in no region any more
  kMemoryLost = 10,      // a file of guest memory was cut short
};

// Adds the buffers of one chain to the segments, one after the other.
class ChainWalk {
 public:
  ChainWalk(const MemoryTable& memory, uint32_t ring_size, Segments& readable, Segments& writable)
      : memory_(memory), ring_size_(ring_size), readable_(readable), writable_(writable) {}
  Breach Add(uint64_t address, uint32_t length, bool write);
  // Descriptors of an indirect table at most.
  uint32_t MostIndirect() const;

 private:
  const MemoryTable& memory_;
  const uint32_t ring_size_;
  Segments& readable_;
  Segments& writable_;
  uint64_t total_ = 0;
  bool writing_ = false;
};

// Walks the chain that starts at `head` and adds its buffers to the segments. On a breach they may hold a part of it.
Breach WalkChain(const SplitRing& ring, const MemoryTable& memory, uint16_t head, bool indirect, Segments& readable,
                 Segments& writable);

}  // namespace fusewire
