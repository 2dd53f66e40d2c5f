#include "transfer.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>

namespace fusewire {

template <typename Call>
static int32_t Transfer(const std::vector<iovec>& pieces, int64_t offset, Call call) {
  if (offset < -1) return -EINVAL;
  int64_t moved = 0;
  for (size_t first = 0; first < pieces.size(); first += IOV_MAX) {
    size_t count = std::min<size_t>(pieces.size() - first, IOV_MAX);
    int64_t wanted = 0;
    for (size_t i = 0; i < count; i++) wanted += pieces[first + i].iov_len;
    ssize_t result;
    do {
      result = call(&pieces[first], static_cast<int>(count), offset == -1 ? -1 : offset + moved);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return moved ? moved : -errno;
    moved += result;
    if (result < wanted) break;
  }
  return moved;
}

// One piece is the usual case, and the plain call is the cheaper one.
static bool Plain(const std::vector<iovec>& pieces, int64_t offset) { return pieces.size() == 1 && offset >= 0; }

int32_t ReadPieces(int fd, const std::vector<iovec>& pieces, int64_t offset) {
  if (Plain(pieces, offset)) {
    return Transfer(pieces, offset, [fd](const iovec* one, int, int64_t at) { return pread(fd, one->iov_base, one->iov_len, at); });
  }
  return Transfer(pieces, offset, [fd](const iovec* list, int count, int64_t at) { return preadv2(fd, list, count, at, 0); });
}

int32_t WritePieces(int fd, const std::vector<iovec>& pieces, int64_t offset, int flags) {
  if (Plain(pieces, offset) && flags == 0) {
    return Transfer(pieces, offset, [fd](const iovec* one, int, int64_t at) { return pwrite(fd, one->iov_base, one->iov_len, at); });
  }
  return Transfer(pieces, offset,
                  [fd, flags](const iovec* list, int count, int64_t at) { return pwritev2(fd, list, count, at, flags); });
}

}  // namespace fusewire
