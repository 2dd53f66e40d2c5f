#include "driver_memory.h"

#include <errno.h>
#include <sys/mman.h>

namespace fusewire {

std::shared_ptr<DriverMemory> DriverMemory::Map(int fd, size_t size, uint64_t guest_address, int& error) {
  void* base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) {
    error = -errno;
    return nullptr;
  }
  return std::make_shared<DriverMemory>(static_cast<uint8_t*>(base), size, guest_address);
}

DriverMemory::~DriverMemory() { munmap(base, size); }

}  // namespace fusewire
