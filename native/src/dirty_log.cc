#include "dirty_log.h"

namespace fusewire {

std::unique_ptr<DirtyLog> DirtyLog::Map(int fd, uint64_t offset, uint64_t size, int* error) {
  auto bits = Mapping::Map(fd, offset, size, std::make_shared<Loss>(false), error);
  return bits ? std::unique_ptr<DirtyLog>(new DirtyLog(std::move(bits), size)) : nullptr;
}

void DirtyLog::Mark(uint64_t guest, uint64_t length) {
  if (length == 0) return;
  const uint64_t last = (guest + length - 1) >> kPageBits;
  for (uint64_t page = guest >> kPageBits; page <= last; page++) {
    if (page / 8 >= size_) return;
    // What was written has to be there before the bit: who clears it reads the page afterwards.
    __atomic_fetch_or(bits_->data() + page / 8, static_cast<uint8_t>(1u << (page % 8)), __ATOMIC_SEQ_CST);
  }
}

}  // namespace fusewire
