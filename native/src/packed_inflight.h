#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "guest_memory.h"
#include "packed_descriptor.h"

namespace fusewire {

// As InflightRing, for a packed ring: descriptors of what is in flight are kept, too, since the ring's own are written over.
// An entry for each descriptor; a buffer is named by the entry of its first one. Each answer is a batch of its own.
class PackedInflight {
 public:
  // As InflightRing::Map.
  static std::unique_ptr<PackedInflight> Map(int fd, uint64_t offset, uint16_t size, int* error);

  // Where a ring goes on that an earlier device has left, and what that had in flight, in the order it was fetched.
  struct Left {
    RingPosition available, used;
    std::vector<uint16_t> buffers;
  };
  // `ring`: its descriptors. Begins anew at `start` where nothing is in flight, or nothing that could be.
  Left Recover(const PackedDescriptor* ring, RingPosition start);

  // One more descriptor of the buffer that is being fetched; false when the ring has no more than are in flight.
  bool Add(const PackedDescriptor& descriptor);
  // It is whole: what names it from now on.
  uint16_t Taken();
  // Descriptors of a buffer, in order: `at` is its name, then what the last call has left there.
  PackedDescriptor Next(uint16_t& at) const;
  uint16_t count(uint16_t buffer) const { return chains_[buffer].count; }

  // Before the buffer's used descriptor is written.
  void Answered(uint16_t buffer);
  // When the guest can see it.
  void Published(uint16_t buffer);

 private:
  struct Header {
    uint64_t features;
    uint16_t version;
    uint16_t entries;
    uint16_t free_head, old_free_head;
    // As RingPosition::Half: index and wrap counter, which the spec has in two words, change at once.
    uint16_t used, old_used;
    uint8_t padding[12];
  };
  struct Entry {
    uint8_t in_flight;
    uint8_t padding;
    uint16_t next;
    uint16_t last;
    uint16_t count;
    uint64_t counter;
    uint16_t id;
    uint16_t flags;
    uint32_t length;
    uint64_t address;
  };
  static_assert(sizeof(Header) == 32 && sizeof(Entry) == 32);
  struct Chain {
    uint16_t last, count;
  };

  PackedInflight(std::shared_ptr<const Mapping> mapping, uint16_t size)
      : mapping_(std::move(mapping)), size_(size), header_(reinterpret_cast<Header*>(mapping_->data())), entries_(reinterpret_cast<Entry*>(header_ + 1)), next_(size), chains_(size) {}
  void Reset(RingPosition start);
  bool Read(std::vector<uint16_t>& buffers);

  const std::shared_ptr<const Mapping> mapping_;
  const uint16_t size_;
  Header* const header_;
  Entry* const entries_;
  // The front-end can write to the area: what was read of it, and checked, is kept here.
  std::vector<uint16_t> next_;    // links of the free list and of each buffer
  std::vector<Chain> chains_;     // of the entry that names a buffer
  uint16_t free_ = 0, head_ = 0;  // the first free entry, and where the buffer that is being fetched begins
  uint16_t fetched_ = 0, last_ = 0;
  RingPosition used_;
  uint64_t counter_ = 0;
};

}  // namespace fusewire
