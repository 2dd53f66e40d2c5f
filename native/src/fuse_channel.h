#pragma once
#include "buffered_channel.h"
#include "unique_fd.h"

namespace fusewire {

// A FUSE connection by its /dev/fuse fd: each read(2) is one request, each write(2) one reply (fuse(4)).
class FuseChannel : public BufferedChannel {
 public:
  static constexpr Kind kKind = Kind::kFuse;
  // Owns `fd`, which is non-blocking.
  FuseChannel(Instance& instance, UniqueFd fd, uint32_t base, uint32_t count, uint32_t payloads)
      : BufferedChannel(instance, kKind, base, count, payloads), fd_(std::move(fd)) {}

  // FUSE_PASSTHROUGH (linux/fuse.h): registers an open file that the kernel may read and write by itself; its id or -errno.
  int32_t BackingOpen(int fd);
  int32_t BackingClose(uint32_t id);
  // FUSE_NOTIFY_INVAL_INODE of the attributes alone, which waits for nothing. 0 or -errno, -ENOENT for an unknown node.
  int32_t ForgetAttributes(uint64_t node);

 protected:
  int32_t Fetch(uint32_t spin) override;
  void Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) override;
  void Release() override { fd_.reset(); }

 private:
  int32_t ReadBatch();
  int32_t ReadRequest(uint32_t slot);

  UniqueFd fd_;
  // How many requests are read before the first one is answered: a read in vain costs a system call and lets them wait, so
  // no more than came at once lately.
  uint32_t ahead_ = 1;
};

}  // namespace fusewire
