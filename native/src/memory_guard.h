#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace fusewire {

// Set when a page of guarded memory turned out to be gone.
using Loss = std::atomic<bool>;

// Keeps a mapping of somebody else's file from killing the process. The owner of the file may cut it short, and a page
// beyond its end is SIGBUS when it is touched (mmap(2)). The handler then puts zeros in place of the whole mapping and
// notes the loss; a SIGBUS anywhere else goes where it went before.
class MemoryGuard {
 public:
  // Of all mappings of the process: more would leave other code without address space, or without mappings
  // (vm.max_map_count).
  static constexpr size_t kMost = 32768;
  static constexpr size_t kMostBytes = size_t{1} << 46;

  // Guards whole pages; null when there is no room for them.
  static std::unique_ptr<MemoryGuard> Set(void* start, size_t length, std::shared_ptr<Loss> loss);
  // To be dropped before the memory is unmapped.
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

 private:
  MemoryGuard(size_t entry, std::shared_ptr<Loss> loss) : entry_(entry), loss_(std::move(loss)) {}
  const size_t entry_;
  const std::shared_ptr<Loss> loss_;
};

}  // namespace fusewire
