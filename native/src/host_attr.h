#pragma once
#include <linux/fuse.h>

#include <cstdint>

namespace fusewire {

// Which file of the host it is. Mirror of `Identity` in native/syscalls.ts.
struct HostIdentity {
  uint64_t ino;
  uint32_t dev_major, dev_minor;
  uint64_t mount;
  int64_t btime;
  uint32_t btimensec, mode, mask, attributes;
};
static_assert(sizeof(HostIdentity) == 48);

// statx(2) of the entry `name` of `dirfd`, without following it; of the fd itself where the name is empty. 0 or -errno.
int HostAttributes(int dirfd, const char* name, fuse_attr& attr, HostIdentity& identity);

// fstat(2), which costs a fifth less. 0 or -errno.
int HostAttributes(int fd, fuse_attr& attr);

}  // namespace fusewire
