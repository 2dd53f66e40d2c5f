#include "fuse_channel.h"

#include <errno.h>
#include <linux/fuse.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "clock.h"

namespace fusewire {

namespace {
constexpr uint32_t kBatch = 32;  // requests per drain, so that replies do not wait for an endless stream of requests

// struct fuse_backing_map and its ioctls, Linux 6.9; older headers lack them.
struct BackingMap {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
constexpr unsigned long kBackingOpen = _IOW(229, 1, BackingMap);
constexpr unsigned long kBackingClose = _IOW(229, 2, uint32_t);
}  // namespace

// One request: 0, or -EAGAIN when none waits, -ENODEV when the file system is unmounted.
int32_t FuseChannel::ReadRequest(uint32_t slot) {
  iovec room[2];
  RequestRoom(slot, room);
  ssize_t length;
  do {
    length = readv(fd_.get(), room, 2);
    // ENOENT: the request was interrupted before it was read.
  } while (length < 0 && (errno == EINTR || errno == ENOENT));
  if (length < 0) return -errno;
  Arrived(slot, length);
  return 0;
}

int32_t FuseChannel::ReadBatch() {
  while (taken() < kBatch && listed() < ahead_) {
    uint32_t slot = Acquire();
    if (slot == kNone) return 0;
    if (int32_t error = ReadRequest(slot)) {
      Discard(slot);
      return error;
    }
  }
  return 0;
}

int32_t FuseChannel::Fetch(uint32_t spin) {
  int32_t error = ReadBatch();
  ahead_ = error == -EAGAIN ? 1 : std::min(ahead_ * 2, kBatch);
  if (spin && error == -EAGAIN && !taken()) {
    int64_t deadline = Microseconds() + spin;
    while (error == -EAGAIN && !taken() && Microseconds() < deadline) error = ReadBatch();
  }
  return error == -EAGAIN ? 0 : error;
}

void FuseChannel::Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) {
  if (!inline_size) return;
  iovec reply[2];
  Reply(slot, inline_size, payload, reply);
  if (writev(fd_.get(), reply, payload ? 2 : 1) >= 0) return;
  // ENOENT: nobody waits any more. ENODEV: unmounted.
  if (errno == ENOENT || errno == ENODEV) return;
  Failed();
  // A reply of a form that the kernel refuses would leave the caller waiting for ever.
  uint32_t* header = reinterpret_cast<uint32_t*>(At(slot) + slot::kReply);
  header[0] = 16;
  header[1] = -EIO;
  reply[0].iov_len = 16;
  [[maybe_unused]] ssize_t ended = writev(fd_.get(), reply, 1);
}

int32_t FuseChannel::BackingOpen(int fd) {
  BackingMap map = {fd, 0, 0};
  int id = ioctl(fd_.get(), kBackingOpen, &map);
  return id < 0 ? -errno : id;
}

int32_t FuseChannel::BackingClose(uint32_t id) { return ioctl(fd_.get(), kBackingClose, &id) < 0 ? -errno : 0; }

int32_t FuseChannel::ForgetAttributes(uint64_t node) {
  struct {
    fuse_out_header header;
    fuse_notify_inval_inode_out body;
  } message = {{sizeof message, FUSE_NOTIFY_INVAL_INODE, 0}, {node, -1, 0}};
  return write(fd_.get(), &message, sizeof message) < 0 ? -errno : 0;
}

}  // namespace fusewire
