#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "guest_memory.h"

namespace fusewire {

// What a split ring has in flight, kept in memory that outlives this process (vhost-user spec, "Inflight I/O tracking"):
// a device that comes after it fetches those requests again. The front-end can write to it, so that what is read back is
// checked.
class InflightRing {
 public:
  // Maps the ring's part of the file, `size` entries from `offset` on. Null, with a negative errno in `error`.
  static std::unique_ptr<InflightRing> Map(int fd, uint64_t offset, uint16_t size, int* error);
  static uint64_t Bytes(uint16_t size) { return sizeof(Header) + uint64_t{size} * sizeof(Entry); }

  // Brings the area into step with the used index the guest sees. The heads still in flight, in the order they were fetched.
  std::vector<uint16_t> Recover(uint16_t used);
  // Before the chain is served.
  void Taken(uint16_t head);
  // With the chain's entry in the used ring, before the used index shows it.
  void Answered(uint16_t head);
  // After the used index has been shown.
  void Published(uint16_t used);

 private:
  struct Header {
    uint64_t features;
    uint16_t version;
    uint16_t entries;
    uint16_t last_batch_head;
    uint16_t used;
  };
  struct Entry {
    uint8_t in_flight;
    uint8_t padding[5];
    uint16_t next;
    uint64_t counter;
  };
  static_assert(sizeof(Header) == 16 && sizeof(Entry) == 16);

  InflightRing(std::shared_ptr<const Mapping> mapping, uint16_t size)
      : mapping_(std::move(mapping)), size_(size), header_(reinterpret_cast<Header*>(mapping_->data())), entries_(reinterpret_cast<Entry*>(header_ + 1)) {}
  void ClearBatch(uint16_t count);

  const std::shared_ptr<const Mapping> mapping_;
  const uint16_t size_;
  Header* const header_;
  Entry* const entries_;
  uint64_t counter_ = 0;
};

}  // namespace fusewire
