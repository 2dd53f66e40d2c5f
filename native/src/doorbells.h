#pragma once
#include <uv.h>

#include <vector>

#include "instance.h"
#include "unique_fd.h"

namespace fusewire {

// Fds that wake the thread for requests. While there are any, the thread sleeps here, in the loop's prepare phase, on an
// epoll set of them and of the loop's own back-end: one system call per wake-up, and none of the loop's turns, until
// something else than a doorbell is due. The loop's own poll never sleeps meanwhile (an idle handle is active during it), so
// that no doorbell goes unheard.
class Doorbells {
 public:
  // Those of the instance, which lets go of them when its environment ends. 0 or -errno.
  static int Start(Instance& instance);

  // `edge` (EPOLLET): rings once each time the fd is signalled, and need not be read; without it the fd becomes non-blocking.
  // `channel`: the id of the channel whose requests it announces, UINT32_MAX: none. An id, or -errno.
  int Open(int fd, bool edge, uint32_t channel, napi_value callback);
  // No callback comes after it; legal inside a callback. To be called before the fd is closed.
  void Close(uint32_t id);
  // Pauses and resumes; 0 or -errno.
  int Listen(uint32_t id, bool on);

 private:
  struct Bell {
    int fd;
    bool edge;
    uint32_t channel;
    napi_ref callback;
  };

  Doorbells(Instance& instance, uv_loop_t* loop, UniqueFd epoll);
  static void OnTeardown(napi_async_cleanup_hook_handle hook, void* data);
  int Control(int operation, uint32_t id);
  bool Has(uint32_t id) const { return id < bells_.size() && bells_[id].callback; }
  void Ring(uint32_t id);
  void Wait();

  Instance& instance_;
  uv_loop_t* const loop_;
  uv_prepare_t prepare_;
  uv_idle_t idle_;
  const UniqueFd epoll_;
  std::vector<Bell> bells_;
  uint32_t open_ = 0;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace fusewire
