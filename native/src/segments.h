#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <vector>

namespace fusewire {

// A message, or the room for a reply, as the pieces of memory it is split into. Positions count from its first byte.
class Segments {
 public:
  void Clear() {
    // What one long chain took is not kept for the short ones after it.
    if (pieces_.capacity() > kKept) pieces_ = {};
    pieces_.clear();
    size_ = 0;
  }
  void Add(void* data, size_t length) {
    if (!length) return;
    pieces_.push_back({data, length});
    size_ += length;
  }
  size_t pieces() const { return pieces_.size(); }
  const std::vector<iovec>& all() const { return pieces_; }
  // Bytes in all, at most UINT32_MAX: no message is longer.
  uint32_t size() const { return size_ > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(size_); }

  // The memory of [at, at + length) when it lies in one piece, else nullptr.
  uint8_t* Within(uint32_t at, uint32_t length) const {
    uint64_t skip = at;
    for (const iovec& piece : pieces_) {
      if (skip < piece.iov_len) return length <= piece.iov_len - skip ? static_cast<uint8_t*>(piece.iov_base) + skip : nullptr;
      skip -= piece.iov_len;
    }
    return nullptr;
  }

  // Puts the pieces of [at, at + length) into `clip`, cut at the end of the message; returns their bytes.
  uint32_t Clip(uint32_t at, uint32_t length, std::vector<iovec>& clip) const;

 private:
  static constexpr size_t kKept = 1024;
  std::vector<iovec> pieces_;
  uint64_t size_ = 0;
};

}  // namespace fusewire
