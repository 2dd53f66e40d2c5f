#pragma once
#include <cstdint>
#include <memory>

#include "guest_memory.h"

namespace fusewire {

// The bitmap of guest pages that were written to, which a front-end keeps while it moves a guest (vhost-user spec,
// "Migration"): bit n of byte n / 8 is the page of 4 KiB at guest address n << 12. The front-end clears bits at any time.
class DirtyLog {
 public:
  static constexpr unsigned kPageBits = 12;
  // Takes a part of the file; nullptr, and an errno in `error`, as Mapping::Map.
  static std::unique_ptr<DirtyLog> Map(int fd, uint64_t offset, uint64_t size, int* error);
  // Marks the pages of [guest, guest + length); those the bitmap has no room for are nobody's.
  void Mark(uint64_t guest, uint64_t length);

 private:
  DirtyLog(std::shared_ptr<const Mapping> bits, uint64_t size) : bits_(std::move(bits)), size_(size) {}
  std::shared_ptr<const Mapping> bits_;
  uint64_t size_;
};

}  // namespace fusewire
