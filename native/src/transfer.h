#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <vector>

namespace fusewire {

// preadv2(2) and pwritev2(2) over any number of pieces, IOV_MAX at a time, until all is moved, end of file, or an error;
// an error after some bytes is left to the next call. `offset` -1: the file's own position. Bytes moved or -errno.
int32_t ReadPieces(int fd, const std::vector<iovec>& pieces, int64_t offset);
int32_t WritePieces(int fd, const std::vector<iovec>& pieces, int64_t offset, int flags);

}  // namespace fusewire
