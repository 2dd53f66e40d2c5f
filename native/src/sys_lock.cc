#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/file.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

int64_t Flock(const Call& call) { return Result(flock(call.I32(0), call.I32(1) | LOCK_NB)); }

// An open file description lock, never waiting; `fuse_file_lock` in the slab, whose end is inclusive.
int64_t OfdLock(const Call& call) {
  constexpr uint64_t kEnd = INT64_MAX;
  uint8_t* memory = Buffer(call, 2, sizeof(fuse_file_lock));
  if (!memory) return -EINVAL;
  fuse_file_lock lock;
  memcpy(&lock, memory, sizeof lock);
  if (lock.start > kEnd || lock.end < lock.start) return -EINVAL;
  struct flock how{};
  how.l_type = static_cast<short>(lock.type);
  how.l_whence = SEEK_SET;
  how.l_start = static_cast<off_t>(lock.start);
  how.l_len = lock.end >= kEnd ? 0 : static_cast<off_t>(lock.end - lock.start + 1);
  const bool get = call.I32(1) != 0;
  if (fcntl(call.I32(0), get ? F_OFD_GETLK : F_OFD_SETLK, &how) < 0) return -errno;
  if (!get) return 0;
  lock.type = static_cast<uint32_t>(how.l_type);
  if (how.l_type != F_UNLCK) {
    lock.start = static_cast<uint64_t>(how.l_start);
    lock.end = how.l_len ? lock.start + static_cast<uint64_t>(how.l_len) - 1 : kEnd;
    lock.pid = how.l_pid < 0 ? 0 : static_cast<uint32_t>(how.l_pid);
  }
  memcpy(memory, &lock, sizeof lock);
  return 0;
}

}  // namespace

void ExportLocks(napi_env env, napi_value exports, Instance* instance) {
  Add<Flock>(env, exports, instance, "flock");
  Add<OfdLock>(env, exports, instance, "ofdLock");
}

}  // namespace fusewire::sys
