#include "inflight.h"

#include <algorithm>
#include <cerrno>

namespace fusewire {

namespace {
constexpr uint16_t kVersion = 1;

// The process may be killed between any two stores: they are made in the order they are written down in.
template <typename T>
void Store(T* word, T value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
template <typename T>
T Load(const T* word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
}  // namespace

std::unique_ptr<InflightRing> InflightRing::Map(int fd, uint64_t offset, uint16_t size, int* error) {
  // A front-end that cuts the area short loses what it was to keep, and nothing else: zeros say that nothing is in flight.
  auto mapping = Mapping::Map(fd, offset, Bytes(size), std::make_shared<Loss>(false), error);
  if (!mapping) return nullptr;
  if (reinterpret_cast<uintptr_t>(mapping->data()) % alignof(Header) != 0) {
    *error = -EINVAL;
    return nullptr;
  }
  return std::unique_ptr<InflightRing>(new InflightRing(std::move(mapping), size));
}

std::vector<uint16_t> InflightRing::Recover(uint16_t used) {
  if (Load(&header_->version) == 0) {
    Store(&header_->entries, size_);
    Store(&header_->used, used);
    Store(&header_->version, kVersion);
  }
  ClearBatch(std::min<uint16_t>(used - Load(&header_->used), size_));
  Store(&header_->used, used);
  std::vector<std::pair<uint64_t, uint16_t>> found;
  for (uint16_t head = 0; head < size_; head++) {
    if (Load(&entries_[head].in_flight)) found.push_back({Load(&entries_[head].counter), head});
  }
  std::sort(found.begin(), found.end());
  std::vector<uint16_t> heads;
  for (const auto& [counter, head] : found) {
    heads.push_back(head);
    counter_ = std::max(counter_, counter + 1);
  }
  return heads;
}

void InflightRing::Taken(uint16_t head) {
  Store(&entries_[head].counter, counter_++);
  Store(&entries_[head].in_flight, uint8_t{1});
}

void InflightRing::Answered(uint16_t head) {
  Store(&entries_[head].next, Load(&header_->last_batch_head));
  Store(&header_->last_batch_head, head);
}

void InflightRing::Published(uint16_t used) {
  ClearBatch(std::min<uint16_t>(used - Load(&header_->used), size_));
  Store(&header_->used, used);
}

void InflightRing::ClearBatch(uint16_t count) {
  for (uint16_t head = Load(&header_->last_batch_head); count > 0 && head < size_; count--) {
    Store(&entries_[head].in_flight, uint8_t{0});
    head = Load(&entries_[head].next);
  }
}

}  // namespace fusewire
