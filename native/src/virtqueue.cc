#include "virtqueue.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "clock.h"
#include "pause.h"

namespace fusewire {

namespace {
enum : uint32_t { kInFlight, kBehind, kBreach };
constexpr int64_t kEager = 4;  // microseconds of watching before others may have the core

void Signal(const UniqueFd& fd) {
  const uint64_t one = 1;
  // A full eventfd or pipe has wake-ups enough in it.
  if (fd && write(fd.get(), &one, sizeof one) < 0) return;
}
}  // namespace

Virtqueue::Virtqueue(Instance& instance, uint32_t base, uint32_t count, std::shared_ptr<GuestMemory> memory, const Config& config)
    : Channel(instance, kKind, base, count), config_(config), memory_(std::move(memory)), next_(static_cast<uint16_t>(config.next)), in_flight_(count) {}

int Virtqueue::Start() {
  const int result = Remap();
  if (result < 0) return result;
  if (config_.packed) return packed_.Begin(config_.next) ? 0 : -EINVAL;
  used_ = published_ = ring_.UsedIndex();
  return 0;
}

int Virtqueue::Track(int fd, uint64_t offset) {
  int error = 0;
  if (config_.packed) {
    packed_inflight_ = PackedInflight::Map(fd, offset, packed_.size(), &error);
    if (!packed_inflight_) return error;
    auto left = packed_inflight_->Recover(packed_.descriptors(), packed_.used());
    again_ = std::move(left.buffers);
    std::reverse(again_.begin(), again_.end());
    packed_.Resume(left.available, left.used);
    return again_.size();
  }
  inflight_ = InflightRing::Map(fd, offset, ring_.size(), &error);
  if (!inflight_) return error;
  again_ = inflight_->Recover(used_);
  std::reverse(again_.begin(), again_.end());
  // What has been fetched is used or in flight, whatever the front-end believes.
  next_ = used_ + again_.size();
  return again_.size();
}

int Virtqueue::Remap() {
  const MemoryTable& memory = *memory_->current().get();
  const int result = config_.packed ? packed_.Map(config_.ring, memory) : ring_.Map(config_.ring, memory);
  if (result < 0) {
    Break(Breach::kRingMemory);
    return result;
  }
  table_ = memory_->current();
  return 0;
}

void Virtqueue::SetCall(UniqueFd fd) {
  call_ = std::move(fd);
  if (ever_published_ || inflight_ || packed_inflight_) Signal(call_);
}

void Virtqueue::SetKicks(bool wanted) {
  if (config_.packed) wanted ? packed_.Kicks() : packed_.NoKicks();
  else wanted ? ring_.Kicks(next_) : ring_.NoKicks(next_);
  kicks_ = wanted;
}

// Watches the ring, kicks being off, then turns them on and looks once more.
uint16_t Virtqueue::Await(uint32_t spin) {
  if (spin) {
    if (kicks_) SetKicks(false);
    int64_t now = Microseconds();
    const int64_t end = now + spin, eager = now + kEager;
    do {
      for (int i = 0; i < 16; i++) {
        if (uint16_t waiting = Waiting()) return waiting;
        Pause();
      }
      // The guest may be waiting for this very core.
      if (now >= eager) sched_yield();
      now = Microseconds();
    } while (now < end);
  }
  SetKicks(true);
  MarkRing();
  return Waiting();
}

int32_t Virtqueue::Fetch(uint32_t spin) {
  if (Status(kBreach)) return -EPROTO;
  Status(kBehind) = 0;
  if (!again_.empty()) return FetchAgain();
  uint16_t waiting = Waiting();
  if (!waiting) waiting = Await(spin);
  if (memory_->lost()) return Break(Breach::kMemoryLost);
  if (!config_.packed && waiting > ring_.size()) return Break(Breach::kAvailableIndex);
  if (waiting && kicks_ && !config_.ring.event_idx) SetKicks(false);
  const uint64_t most = budget() ? budget() : kBatchCost;
  for (cost_ = 0; waiting; waiting = config_.packed ? Waiting() : waiting - 1) {
    const uint32_t slot = taken() < kBatch && cost_ < most ? Acquire() : kNone;
    if (slot == kNone) break;
    const uint16_t head = config_.packed ? 0 : ring_.Head(next_++);
    // A head beyond the ring breaks it.
    if (inflight_ && head < ring_.size()) inflight_->Taken(head);
    if (Breach breach = Take(slot, head, false); breach != Breach::kNone) {
      Discard(slot);
      return Break(breach);
    }
  }
  Status(kBehind) = waiting;
  return 0;
}

int32_t Virtqueue::FetchAgain() {
  while (!again_.empty()) {
    const uint32_t slot = taken() < kBatch ? Acquire() : kNone;
    if (slot == kNone) break;
    if (Breach breach = Take(slot, again_.back(), true); breach != Breach::kNone) {
      Discard(slot);
      return Break(breach);
    }
    again_.pop_back();
  }
  Status(kBehind) = 1;
  return 0;
}

Breach Virtqueue::Walk(uint32_t slot, PackedRing::Buffer& buffer, bool again) {
  Segments &in = Readable(slot), &out = Writable(slot);
  if (config_.packed && again) return packed_.WalkAgain(*table_.get(), config_.indirect, in, out, buffer, *packed_inflight_);
  if (config_.packed) return packed_.Walk(*table_.get(), config_.indirect, in, out, buffer, packed_inflight_.get());
  return WalkChain(ring_, *table_.get(), buffer.id, config_.indirect, in, out);
}

Breach Virtqueue::Take(uint32_t slot, uint16_t head, bool again) {
  InFlight& request = in_flight_[slot];
  request.buffer = {head, 1, head};
  Breach breach = Walk(slot, request.buffer, again);
  if (breach != Breach::kNone) return breach;
  Gather(slot);
  if (memory_->lost()) return Breach::kMemoryLost;
  request.table = table_;
  Status(kInFlight)++;
  const Segments &in = Readable(slot), &out = Writable(slot);
  cost_ += 1 + (uint64_t{in.size()} + out.size()) / kCostBytes + (in.pieces() + out.pieces()) / kCostPieces;
  Describe(slot);
  return breach;
}

void Virtqueue::Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) {
  const int32_t placed = Put(slot, 0, At(slot) + slot::kReply, inline_size);
  InFlight& request = in_flight_[slot];
  if (memory_->log()) MarkWritten(slot);
  const PackedRing::Buffer& buffer = request.buffer;
  const uint32_t length = static_cast<uint32_t>(placed) + payload;
  if (inflight_) inflight_->Answered(buffer.id);
  if (packed_inflight_) packed_inflight_->Answered(buffer.entry);
  if (config_.packed) packed_.PutUsed(buffer, length);
  else ring_.PutUsed(used_, buffer.id, length);
  if (packed_inflight_) packed_inflight_->Published(buffer.entry);
  used_ += buffer.count;
  request.table.Release();
  Status(kInFlight)--;
}

// All that the reply has room for: data may have been put there that the reply does not tell of.
void Virtqueue::MarkWritten(uint32_t slot) {
  for (const iovec& piece : Writable(slot).all()) in_flight_[slot].table->Mark(*memory_->log(), piece.iov_base, piece.iov_len);
}

void Virtqueue::Expose() {
  if (!config_.packed) ring_.ExposeUsed(used_);
  MarkRing();
  if (inflight_) inflight_->Published(used_);
}

void Virtqueue::Publish() {
  if (used_ == published_) return;
  // After the start the guest's wish may be of an earlier life of the ring.
  const bool wanted = config_.packed ? packed_.WantsInterrupt(used_ - published_) : ring_.PublishUsed(used_, published_);
  MarkRing();
  if (inflight_) inflight_->Published(used_);
  if (wanted || !ever_published_) Signal(call_);
  ever_published_ = true;
  published_ = used_;
}

int32_t Virtqueue::Break(Breach breach) {
  Status(kBreach) = static_cast<uint32_t>(breach);
  Signal(error_);
  return -EPROTO;
}

void Virtqueue::Release() {
  for (InFlight& request : in_flight_) request.table.Release();
  table_.Release();
  memory_.reset();
  call_.reset();
  error_.reset();
}

}  // namespace fusewire
