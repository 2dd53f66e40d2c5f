#include "memory_guard.h"

#include <signal.h>
#include <sys/mman.h>

#include <mutex>
#include <utility>

namespace fusewire {

namespace {

// What is guarded, as the handler may read it at any moment, on any thread. `start` is written last and cleared first; 0: free.
struct Entry {
  std::atomic<uintptr_t> start;
  std::atomic<size_t> length;
  std::atomic<Loss*> loss;
};

Entry entries[MemoryGuard::kMost];
std::atomic<size_t> used_entries{0};
std::mutex changing;
size_t guarded_bytes = 0;
struct sigaction before;

// Puts zeros over the mapping that `address` lies in. One call for all of it: a page at a time would cost a mapping each.
bool Replace(uintptr_t address) {
  for (size_t i = 0; i < used_entries.load(std::memory_order_acquire); i++) {
    const uintptr_t start = entries[i].start.load(std::memory_order_acquire);
    const size_t length = entries[i].length.load(std::memory_order_relaxed);
    Loss* loss = entries[i].loss.load(std::memory_order_relaxed);
    if (!start || address - start >= length || entries[i].start.load(std::memory_order_acquire) != start) continue;
    loss->store(true, std::memory_order_relaxed);
    return mmap(reinterpret_cast<void*>(start), length, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
  }
  return false;
}

void OnBusError(int signal, siginfo_t* info, void* context) {
  if (Replace(reinterpret_cast<uintptr_t>(info->si_addr))) return;
  if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(signal);
  // The instruction is tried again, and ends the process as it would have without us.
  sigaction(SIGBUS, &before, nullptr);
}

void Install() {
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &before);
}

}  // namespace

std::unique_ptr<MemoryGuard> MemoryGuard::Set(void* start, size_t length, std::shared_ptr<Loss> loss) {
  static std::once_flag installed;
  std::call_once(installed, Install);
  const std::lock_guard<std::mutex> lock(changing);
  size_t entry = 0;
  while (entry < kMost && entries[entry].start.load(std::memory_order_relaxed)) entry++;
  if (entry == kMost || length > kMostBytes - guarded_bytes) return nullptr;
  guarded_bytes += length;
  entries[entry].length.store(length, std::memory_order_relaxed);
  entries[entry].loss.store(loss.get(), std::memory_order_relaxed);
  entries[entry].start.store(reinterpret_cast<uintptr_t>(start), std::memory_order_release);
  if (entry >= used_entries.load(std::memory_order_relaxed)) used_entries.store(entry + 1, std::memory_order_release);
  return std::unique_ptr<MemoryGuard>(new MemoryGuard(entry, std::move(loss)));
}

MemoryGuard::~MemoryGuard() {
  const std::lock_guard<std::mutex> lock(changing);
  guarded_bytes -= entries[entry_].length.load(std::memory_order_relaxed);
  entries[entry_].start.store(0, std::memory_order_release);
}

}  // namespace fusewire
