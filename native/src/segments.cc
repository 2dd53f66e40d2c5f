#include "segments.h"

#include <algorithm>

namespace fusewire {

uint32_t Segments::Clip(uint32_t at, uint32_t length, std::vector<iovec>& clip) const {
  clip.clear();
  size_t skip = at;
  size_t left = std::min<uint32_t>(length, INT32_MAX);
  for (const iovec& piece : pieces_) {
    if (skip >= piece.iov_len) {
      skip -= piece.iov_len;
      continue;
    }
    if (!left) break;
    size_t take = std::min(piece.iov_len - skip, left);
    clip.push_back({static_cast<uint8_t*>(piece.iov_base) + skip, take});
    left -= take;
    skip = 0;
  }
  return std::min<uint32_t>(length, INT32_MAX) - static_cast<uint32_t>(left);
}

}  // namespace fusewire
