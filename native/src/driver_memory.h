#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace fusewire {

// The memory of a guest that the driver plays: one shared mapping of a file whose pages the device maps as well. Both
// sides write to it at any time, so nothing read from it is trusted. Rings and the ArrayBuffer share ownership.
class DriverMemory {
 public:
  // -errno in `error` and null when the file cannot be mapped. `guest_address`: where the guest sees the first byte.
  static std::shared_ptr<DriverMemory> Map(int fd, size_t size, uint64_t guest_address, int& error);
  DriverMemory(uint8_t* base, size_t size, uint64_t guest_address) : base(base), size(size), guest_address(guest_address) {}
  ~DriverMemory();
  DriverMemory(const DriverMemory&) = delete;
  DriverMemory& operator=(const DriverMemory&) = delete;

  bool Contains(uint64_t offset, uint64_t length) const { return offset <= size && length <= size - offset; }

  uint8_t* const base;
  const size_t size;
  const uint64_t guest_address;
};

}  // namespace fusewire
