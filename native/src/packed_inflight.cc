#include "packed_inflight.h"

#include <algorithm>
#include <cerrno>

namespace fusewire {

namespace {
// Not the spec's: what is written is not quite what other devices write.
constexpr uint16_t kVersion = 0x4601;

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

std::unique_ptr<PackedInflight> PackedInflight::Map(int fd, uint64_t offset, uint16_t size, int* error) {
  auto mapping = Mapping::Map(fd, offset, sizeof(Header) + uint64_t{size} * sizeof(Entry), std::make_shared<Loss>(false), error);
  if (!mapping) return nullptr;
  if (reinterpret_cast<uintptr_t>(mapping->data()) % alignof(Header) != 0) {
    *error = -EINVAL;
    return nullptr;
  }
  return std::unique_ptr<PackedInflight>(new PackedInflight(std::move(mapping), size));
}

PackedInflight::Left PackedInflight::Recover(const PackedDescriptor* ring, RingPosition start) {
  RingPosition used = RingPosition::Of(Load(&header_->used));
  const RingPosition old = RingPosition::Of(Load(&header_->old_used));
  const bool ours = Load(&header_->version) == kVersion && Load(&header_->entries) == size_ && used.index < size_ && old.index < size_;
  if (ours) {
    // The last answer counts if the guest could see it: it may have put something else there since.
    const bool shown = used.Half() != old.Half() && !old.Available(ring);
    if (!shown) used = old;
    Store(&header_->free_head, shown ? Load(&header_->free_head) : Load(&header_->old_free_head));
  }
  Left left = {start, start, {}};
  if (!ours || !Read(left.buffers) || left.buffers.empty()) {
    Reset(start);
    left.buffers.clear();
    return left;
  }
  used_ = left.used = left.available = used;
  for (uint16_t buffer : left.buffers) left.available.Step(chains_[buffer].count, size_);
  Store(&header_->old_free_head, free_);
  Store(&header_->used, used.Half());
  Store(&header_->old_used, used.Half());
  return left;
}

void PackedInflight::Reset(RingPosition start) {
  Store(&header_->version, uint16_t{0});
  for (uint16_t i = 0; i < size_; i++) {
    next_[i] = i + 1;
    Store(&entries_[i].in_flight, uint8_t{0});
    Store(&entries_[i].next, next_[i]);
  }
  free_ = head_ = fetched_ = 0;
  used_ = start;
  Store(&header_->entries, size_);
  Store(&header_->free_head, uint16_t{0});
  Store(&header_->old_free_head, uint16_t{0});
  Store(&header_->used, start.Half());
  Store(&header_->old_used, start.Half());
  Store(&header_->version, kVersion);
}

// Reads the free list, then what is in flight: false unless each entry is in exactly one of them.
bool PackedInflight::Read(std::vector<uint16_t>& buffers) {
  std::vector<bool> seen(size_);
  uint32_t known = 0;
  auto take = [&](uint16_t at) {
    if (at >= size_ || seen[at]) return false;
    seen[at] = true;
    known++;
    next_[at] = Load(&entries_[at].next);
    return true;
  };
  std::vector<std::pair<uint64_t, uint16_t>> found;
  // The one that names a buffer is marked; a mark in the free list was left in the middle of a fetch or an answer.
  free_ = head_ = Load(&header_->free_head);
  for (uint16_t at = free_; at < size_; at = next_[at]) {
    if (!take(at)) return false;
    Store(&entries_[at].in_flight, uint8_t{0});
  }
  for (uint16_t head = 0; head < size_; head++) {
    if (!Load(&entries_[head].in_flight)) continue;
    const Chain chain = {Load(&entries_[head].last), Load(&entries_[head].count)};
    uint16_t at = head;
    for (uint32_t i = 0; i < chain.count; i++) {
      if (!take(at) || (i + 1 == chain.count) != (at == chain.last)) return false;
      at = next_[at];
    }
    if (chain.count == 0) return false;
    chains_[head] = chain;
    found.push_back({Load(&entries_[head].counter), head});
  }
  std::sort(found.begin(), found.end());
  for (const auto& [counter, head] : found) {
    buffers.push_back(head);
    counter_ = std::max(counter_, counter + 1);
  }
  return known == size_;
}

bool PackedInflight::Add(const PackedDescriptor& descriptor) {
  if (free_ >= size_) return false;
  Entry& head = entries_[head_];
  if (fetched_ == 0) {
    Store(&head.counter, counter_++);
    Store(&head.in_flight, uint8_t{1});
  }
  Entry& entry = entries_[free_];
  Store(&entry.address, descriptor.address);
  Store(&entry.length, descriptor.length);
  Store(&entry.flags, descriptor.flags);
  Store(&entry.id, descriptor.id);
  Store(&head.count, ++fetched_);
  last_ = free_;
  free_ = next_[free_];
  return true;
}

uint16_t PackedInflight::Taken() {
  const uint16_t buffer = head_;
  chains_[buffer] = {last_, fetched_};
  Store(&entries_[buffer].last, last_);
  Store(&header_->free_head, free_);
  Store(&header_->old_free_head, free_);
  head_ = free_;
  fetched_ = 0;
  return buffer;
}

PackedDescriptor PackedInflight::Next(uint16_t& at) const {
  const Entry& entry = entries_[at];
  at = next_[at];
  return {Load(&entry.address), Load(&entry.length), Load(&entry.id), Load(&entry.flags)};
}

void PackedInflight::Answered(uint16_t buffer) {
  const Chain chain = chains_[buffer];
  Store(&entries_[chain.last].next, free_);
  next_[chain.last] = free_;
  free_ = head_ = buffer;
  used_.Step(chain.count, size_);
  Store(&header_->free_head, free_);
  Store(&header_->used, used_.Half());
}

void PackedInflight::Published(uint16_t buffer) {
  Store(&header_->old_free_head, free_);
  Store(&header_->old_used, used_.Half());
  Store(&entries_[buffer].in_flight, uint8_t{0});
}

}  // namespace fusewire
