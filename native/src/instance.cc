#include "instance.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "channel.h"
#include "driver_echo.h"
#include "driver_queue.h"
#include "guest_memory.h"

namespace fusewire {

Instance::Instance(napi_env env) : env(env) {
  void* memory = mmap(nullptr, kSlabSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) slab = static_cast<uint8_t*>(memory);
}

Instance::~Instance() {
  channels.clear();
  if (slab) munmap(slab, kSlabSize);
}

int Instance::ProcFd() {
  if (!proc_fd_) proc_fd_.reset(open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return proc_fd_.get();
}

}  // namespace fusewire
