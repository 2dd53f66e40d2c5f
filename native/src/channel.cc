#include "channel.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "clock.h"
#include "transfer.h"

namespace fusewire {

namespace {
constexpr uint32_t kHeaderSize = 40;       // struct fuse_in_header
constexpr uint32_t kOpcodeAt = 4;
constexpr uint32_t kWrite = 16;            // FUSE_WRITE
constexpr uint32_t kWriteInlineSize = 80;  // header and struct fuse_write_in
// Words of slot 0's channel area.
constexpr uint32_t kAnswered = slot::kChannel + 12;
constexpr uint32_t kStopped = slot::kChannel + 16;
constexpr int64_t kTurn = 200;  // microseconds of shortcuts in one Drain
constexpr uint32_t kEarly = 4;  // a peer that polls sees answers after so many of a batch
}  // namespace

bool Channel::Fits(const Instance& instance, uint32_t base, uint32_t count) {
  return base % 8 == 0 && count >= 1 && count <= kMaxSlots && instance.InSlab(base, count * (slot::kSize + 4 + sizeof(Answered)));
}

Channel::Channel(Instance& instance, Kind kind, uint32_t base, uint32_t count)
    : instance_(instance), kind_(kind), base_(base), count_(count), slots_(count) {
  free_.reserve(count);
  for (uint32_t slot = count; slot-- > 0;) {
    memset(At(slot), 0, slot::kReply);
    free_.push_back(slot);
  }
}

uint32_t Channel::Acquire() {
  if (free_.empty()) return kNone;
  uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].state = State::kInUse;
  return slot;
}

void Channel::Discard(uint32_t slot) {
  SlotState& state = slots_[slot];
  state.readable.Clear();
  state.writable.Clear();
  state.state = State::kFree;
  free_.push_back(slot);
}

// WRITE leaves its data behind, so that it can go straight to a file.
uint32_t Channel::InlineSize(uint32_t slot, uint32_t size) const {
  if (size < kHeaderSize) return size;
  bool write = Word(slot, slot::kRequest + kOpcodeAt) == kWrite;
  return std::min(size, write ? kWriteInlineSize : slot::kRequestSize);
}

void Channel::Gather(uint32_t slot) {
  uint32_t size = Readable(slot).size();
  uint8_t* request = At(slot) + slot::kRequest;
  CopyOut(slot, 0, request, std::min(size, kHeaderSize));
  if (size > kHeaderSize) CopyOut(slot, kHeaderSize, request + kHeaderSize, InlineSize(slot, size) - kHeaderSize);
}

void Channel::Describe(uint32_t slot) {
  uint32_t size = Readable(slot).size();
  Word(slot, slot::kInLength) = size;
  Word(slot, slot::kInInline) = InlineSize(slot, size);
  Word(slot, slot::kOutCapacity) = Writable(slot).size();
  Word(slot, slot::kFound) = 0;
  if (Shortcut(slot)) return;
  reinterpret_cast<uint32_t*>(At(count_))[listed_++] = slot;
}

bool Channel::Shortcut(uint32_t slot) {
  uint8_t* at = At(slot);
  Shortcuts::Reply reply;
  const uint32_t size = Word(slot, slot::kInLength);
  if (!shortcuts_.Answer({at + slot::kRequest, size, Word(slot, slot::kInInline), at + slot::kReply, Word(slot, slot::kFound), Readable(slot), Writable(slot)}, reply)) return false;
  Finish(slot, reply.inline_size, reply.payload);
  if (++answered_ % kEarly == 0) Expose();
  return true;
}

int32_t Channel::Drain(uint32_t spin) {
  if (shut_) return -ENOTCONN;
  const int32_t result = found_ ? *found_ : Look(spin);
  found_.reset();
  return result;
}

bool Channel::Rung() {
  if (ahead_ == Ahead::kNothing || shut_ || found_) return true;
  const int32_t result = Look(0);
  if (ahead_ == Ahead::kAnswerAlone && !result && !Word(0, kStopped)) return false;
  found_ = result;
  return true;
}

int32_t Channel::Look(uint32_t spin) {
  listed_ = 0;
  uint32_t answered = 0;
  int64_t end = 0;
  bool stopped = false;
  int32_t error;
  do {
    answered_ = 0;
    error = Fetch(spin);
    if (!answered_) break;
    answered += answered_;
    Expose();
    Publish();
    const int64_t now = Microseconds();
    if (!end) end = now + (budget() ? 0 : kTurn);
    stopped = now >= end;
  } while (!listed_ && !error && !stopped);
  answered_ = 0;
  Word(0, kAnswered) = answered;
  Word(0, kStopped) = stopped;
  return error && !listed_ ? error : static_cast<int32_t>(listed_);
}

void Channel::Commit() {
  if (!shut_) Publish();
}

void Channel::FinishListed(uint32_t count) {
  const uint8_t* list = At(count_) + size_t{count_} * 4;
  for (uint32_t i = 0; i < std::min(count, count_); i++) {
    Answered answered;
    memcpy(&answered, list + i * sizeof answered, sizeof answered);
    Finish(answered.slot, answered.inline_size, answered.payload);
  }
  if (count && !shut_) Expose();
}

bool Channel::Finish(uint32_t slot, uint32_t inline_size, uint32_t payload) {
  if (slot >= count_ || slots_[slot].state == State::kFree) return false;
  if (slots_[slot].state == State::kInUse) {
    inline_size = std::min(inline_size, slot::kReplySize);
    uint32_t room = Writable(slot).size();
    payload = room > inline_size ? std::min(payload, room - inline_size) : 0;
    Answer(slot, inline_size, payload);
  }
  Discard(slot);
  return true;
}

void Channel::LoseAll() {
  for (SlotState& slot : slots_) {
    if (slot.state != State::kInUse) continue;
    slot.state = State::kLost;
    slot.readable.Clear();
    slot.writable.Clear();
  }
}

void Channel::Shut() {
  if (shut_) return;
  shut_ = true;
  LoseAll();
  Release();
}

int32_t Channel::Check(uint32_t slot) const {
  if (slot >= count_ || slots_[slot].state == State::kFree) return -EBADF;
  return slots_[slot].state == State::kLost ? -ENOTCONN : 0;
}

// Last piece first: where the target lies in the buffer that holds the last piece (a slot's own payload buffer), that
// piece is out of the way before the first ones arrive.
int32_t Channel::CopyOut(uint32_t slot, uint32_t at, uint8_t* target, uint32_t length) {
  if (const uint8_t* source = Readable(slot).Within(at, length)) {
    memmove(target, source, length);
    return length;
  }
  uint32_t size = Readable(slot).Clip(at, length, clip_);
  uint32_t end = size;
  for (size_t i = clip_.size(); i-- > 0;) {
    end -= clip_[i].iov_len;
    memmove(target + end, clip_[i].iov_base, clip_[i].iov_len);
  }
  return size;
}

int32_t Channel::CopyIn(uint32_t slot, uint32_t at, const uint8_t* source, uint32_t length) {
  if (uint8_t* target = Writable(slot).Within(at, length)) {
    memmove(target, source, length);
    return length;
  }
  uint32_t size = Writable(slot).Clip(at, length, clip_);
  for (const iovec& piece : clip_) {
    memmove(piece.iov_base, source, piece.iov_len);
    source += piece.iov_len;
  }
  return size;
}

int32_t Channel::Get(uint32_t slot, uint32_t at, uint8_t* target, uint32_t length) {
  if (int32_t error = Check(slot)) return error;
  return CopyOut(slot, at, target, length);
}

int32_t Channel::Put(uint32_t slot, uint32_t at, const uint8_t* source, uint32_t length) {
  if (int32_t error = Check(slot)) return error;
  return CopyIn(slot, at, source, length);
}

int32_t Channel::GetToSlab(uint32_t slot, uint32_t at, uint32_t offset, uint32_t length) {
  if (!instance_.InSlab(offset, length)) return -EFAULT;
  return Get(slot, at, instance_.slab + offset, length);
}

int32_t Channel::PutFromSlab(uint32_t slot, uint32_t at, uint32_t offset, uint32_t length) {
  if (!instance_.InSlab(offset, length)) return -EFAULT;
  return Put(slot, at, instance_.slab + offset, length);
}

int32_t Channel::GetToFd(uint32_t slot, uint32_t at, int fd, int64_t offset, uint32_t length, int flags) {
  if (int32_t error = Check(slot)) return error;
  Readable(slot).Clip(at, length, clip_);
  return WritePieces(fd, clip_, offset, flags);
}

int32_t Channel::PutFromFd(uint32_t slot, uint32_t at, int fd, int64_t offset, uint32_t length) {
  if (int32_t error = Check(slot)) return error;
  Writable(slot).Clip(at, length, clip_);
  return ReadPieces(fd, clip_, offset);
}

}  // namespace fusewire
