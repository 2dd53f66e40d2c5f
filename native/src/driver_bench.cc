#include "driver_bench.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pause.h"

namespace fusewire {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kPatience = 10 * kSecond;
constexpr uint32_t kMaxSteps = 64;
constexpr uint32_t kMaxLanes = 1024;
constexpr uint32_t kOutHeader = 16;

// struct fuse_out_header.
struct OutHeader {
  uint32_t length;
  int32_t error;
  uint64_t unique;
};
// struct fuse_in_header, its `unique`.
constexpr uint32_t kUnique = 8;
// struct fuse_direntplus: an entry of 128 bytes, then ino, off, namelen, type and the name, padded to 8.
constexpr uint32_t kEntry = 128, kDirent = 152;

int64_t Nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

template <typename Value>
Value LoadAt(const uint8_t* at) {
  Value value;
  memcpy(&value, at, sizeof value);
  return value;
}
void StoreAt(uint8_t* at, uint64_t value) { memcpy(at, &value, sizeof value); }

}  // namespace

bool DriverBench::Valid(const DriverMemory& memory, const Program& program) {
  uint64_t size = program.size;
  if (program.lanes == 0 || program.lanes > kMaxLanes || program.steps.empty() || program.steps.size() > kMaxSteps) return false;
  if (!memory.Contains(program.base, size * program.lanes)) return false;
  auto inside = [size](uint64_t offset, uint64_t length) { return offset <= size && length <= size - offset; };
  for (const Step& step : program.steps) {
    if (!inside(step.table, uint64_t{step.descriptors} * 16) || !inside(step.request, 40)) return false;
    if (!inside(step.reply, step.answer) || !inside(step.vary, 8)) return false;
    if (uint64_t{step.first_capture} + step.captures > program.captures.size()) return false;
  }
  for (const Capture& capture : program.captures)
    if (!inside(capture.from, 8) || !inside(capture.to, 8)) return false;
  return true;
}

DriverBench::DriverBench(std::shared_ptr<DriverMemory> memory, std::vector<Ring> rings, Program program)
    : memory_(std::move(memory)), rings_(std::move(rings)), program_(std::move(program)), owners_(rings_.size()), dirty_(rings_.size()) {
  uint32_t most = 0;
  for (size_t i = 0; i < rings_.size(); i++) {
    owners_[i].resize(rings_[i].queue->size());
    most = rings_[i].queue->size() > most ? rings_[i].queue->size() : most;
  }
  pairs_.resize(2 * most);
  batch_.resize(most);
  for (const Ring& ring : rings_) calls_.push_back({ring.call, POLLIN, 0});
  for (uint32_t i = 0; i < program_.lanes; i++) {
    lanes_.push_back({.base = memory_->base + program_.base + uint64_t{i} * program_.size, .random = 0x9e3779b9u * (i + 1)});
  }
}

int32_t DriverBench::Run(uint32_t* samples, uint32_t limit, uint32_t duration, bool spin) {
  samples_ = samples;
  limit_ = limit;
  for (const Ring& ring : rings_) ring.queue->SetPolled(spin);
  now_ = Nanoseconds();
  int64_t end = now_ + int64_t{duration} * 1000;
  int64_t heard = now_;
  int32_t result = 0;
  for (Lane& lane : lanes_)
    if ((result = Advance(lane)) < 0) break;
  while (flying_ > 0 && result >= 0) {
    for (size_t i = 0; i < rings_.size(); i++) {
      if (!dirty_[i]) continue;
      dirty_[i] = false;
      rings_[i].queue->Publish();
    }
    result = Reap(spin);
    if (result < 0) break;
    now_ = Nanoseconds();
    if (result > 0) heard = now_;
    else if (now_ - heard > kPatience) result = -ETIMEDOUT;
    over_ |= now_ >= end;
  }
  for (const Ring& ring : rings_) ring.queue->SetPolled(false);
  return result < 0 ? result : done_;
}

// Submits steps up to the next one that has to be waited for.
int32_t DriverBench::Advance(Lane& lane) {
  for (;;) {
    uint32_t index = lane.step;
    const Step& step = program_.steps[index];
    lane.waits = lane.flying & (uint64_t{step.after_high} << 32 | step.after_low);
    if (lane.waits) return 0;
    if (step.flags & Step::kFirst) {
      if (over_ || begun_ == limit_) return 0;
      begun_++;
      lane.started = now_;
    }
    int32_t result = Submit(lane, index);
    if (result < 0) return result;
    lane.step = index + 1 == program_.steps.size() ? 0 : index + 1;
    if (!(step.flags & Step::kBackground)) return 0;
    if (step.flags & Step::kLast) samples_[done_++] = now_ - lane.started;
  }
}

int32_t DriverBench::Submit(Lane& lane, uint32_t index) {
  const Step& step = program_.steps[index];
  size_t number = &lane - lanes_.data();
  size_t ring = step.flags & Step::kHiprio ? 0 : 1 + number % (rings_.size() - 1);
  if (step.count) {
    if (step.flags & Step::kRandom) {
      lane.random ^= lane.random << 13;
      lane.random ^= lane.random >> 17;
      lane.random ^= lane.random << 5;
      StoreAt(lane.base + step.vary, uint64_t{lane.random % step.count} * step.stride);
    } else {
      uint64_t last = LoadAt<uint64_t>(lane.base + step.vary) / (step.stride ? step.stride : 1);
      StoreAt(lane.base + step.vary, (last + 1) % step.count * step.stride);
    }
  }
  uint32_t table = program_.base + number * program_.size + step.table;
  int32_t head = rings_[ring].queue->Add(table, step.descriptors);
  if (head < 0) return head;
  owners_[ring][head] = {static_cast<uint16_t>(number), static_cast<uint16_t>(index)};
  dirty_[ring] = true;
  lane.flying |= uint64_t{1} << index;
  flying_++;
  return 0;
}

int32_t DriverBench::Complete(Owner owner, uint32_t length) {
  Lane& lane = lanes_[owner.lane];
  const Step& step = program_.steps[owner.step];
  flying_--;
  lane.flying &= ~(uint64_t{1} << owner.step);
  if (!Expected(lane, step, length)) {
    int32_t error = length >= kOutHeader ? LoadAt<OutHeader>(lane.base + step.reply).error : 0;
    failure = {owner.step, error, static_cast<int32_t>(length)};
    return -EPROTO;
  }
  for (uint32_t i = 0; i < step.captures; i++) {
    const Capture& capture = program_.captures[step.first_capture + i];
    memcpy(lane.base + capture.to, lane.base + capture.from, 8);
  }
  if (step.flags & Step::kBackground) return lane.waits ? Advance(lane) : 0;
  if (step.flags & Step::kListing && NextPage(lane, step, length)) return Submit(lane, owner.step);
  if (step.flags & Step::kLast) samples_[done_++] = now_ - lane.started;
  return Advance(lane);
}

bool DriverBench::Expected(const Lane& lane, const Step& step, uint32_t length) {
  if (step.answer == 0) return length == 0;
  if (length < step.answer) return false;
  auto header = LoadAt<OutHeader>(lane.base + step.reply);
  return header.length == length && header.error == step.error && header.unique == LoadAt<uint64_t>(lane.base + step.request + kUnique);
}

// Moves a READDIRPLUS on to what follows the last entry of its answer; false, and back to the start, when there is none.
bool DriverBench::NextPage(Lane& lane, const Step& step, uint32_t length) {
  uint64_t offset = 0;
  for (uint64_t at = kOutHeader; at + kDirent <= length && step.reply + length <= program_.size;) {
    const uint8_t* entry = lane.base + step.reply + at;
    offset = LoadAt<uint64_t>(entry + kEntry + 8);
    at += kDirent + ((uint64_t{LoadAt<uint32_t>(entry + kEntry + 16)} + 7) & ~uint64_t{7});
  }
  StoreAt(lane.base + step.vary, offset);
  return offset != 0;
}

int32_t DriverBench::Reap(bool spin) {
  int32_t total = 0;
  for (size_t i = 0; i < rings_.size(); i++) {
    int32_t taken = rings_[i].queue->Reap(pairs_.data(), pairs_.size() / 2, 0);
    if (taken < 0) return taken;
    if (taken > 0) now_ = Nanoseconds();
    // Heads that are free again get new owners while the batch is gone through.
    for (int32_t k = 0; k < taken; k++) batch_[k] = owners_[i][pairs_[2 * k]];
    for (int32_t k = 0; k < taken; k++) {
      int32_t result = Complete(batch_[k], pairs_[2 * k + 1]);
      if (result < 0) return result;
    }
    total += taken;
  }
  if (total > 0) return total;
  if (spin) Pause();
  else Sleep();
  return total;
}

// Waits for a call of any ring, for a second at most.
void DriverBench::Sleep() {
  if (poll(calls_.data(), calls_.size(), 1000) <= 0) return;
  for (const pollfd& fd : calls_) {
    uint64_t calls;
    if (fd.revents & POLLIN && read(fd.fd, &calls, sizeof calls) < 0) return;
  }
}

}  // namespace fusewire
