#pragma once
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "unique_fd.h"

namespace fusewire {

class Channel;
class Doorbells;
class DriverEcho;
class DriverMemory;
class DriverQueue;
class GuestMemory;
class Watch;

// What one JavaScript environment (main thread or worker) owns. Freed by its cleanup hook, so that fds, mappings and
// poll handles never outlive it.
struct Instance {
  explicit Instance(napi_env env);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // The slab: kSlabSize bytes of address space, filled by the kernel as they are touched.
  static constexpr size_t kSlabSize = size_t{1} << 30;
  uint8_t* slab = nullptr;

  // True when [offset, offset + length) lies in the slab.
  bool InSlab(uint32_t offset, uint32_t length) const { return uint64_t{offset} + length <= kSlabSize; }

  // Channels by id; a freed id is null until it is given out again.
  std::vector<std::unique_ptr<Channel>> channels;

  // Memories of guests served, by id; a virtqueue keeps its own alive.
  std::vector<std::shared_ptr<GuestMemory>> memories;

  // What the driver holds of guests it plays, by id.
  std::vector<std::shared_ptr<DriverMemory>> driver_memories;
  std::vector<std::unique_ptr<DriverQueue>> driver_queues;
  std::vector<std::unique_ptr<DriverEcho>> driver_echoes;

  // O_PATH fd of /proc/self/fd, opened on first use; negative when there is no /proc.
  int ProcFd();

  // Watches by id; the watch's own cleanup hook closes those that are left.
  std::vector<Watch*> watches;

  // Made with the first doorbell; its own cleanup hook ends it.
  Doorbells* doorbells = nullptr;

  napi_env env;

 private:
  UniqueFd proc_fd_;
};

}  // namespace fusewire
