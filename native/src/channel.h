#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ids.h"
#include "instance.h"
#include "segments.h"
#include "shortcuts.h"
#include "slot.h"

namespace fusewire {

// Native half of a core/channel/channel.ts Channel: owns a block of slots in the slab and moves bytes between a slot's
// segments and slab, typed arrays and fds. Transports derive from it: Fetch fills the segments, Answer sends.
//
// The block is `count` slots followed by the ready list, `count` int32s, and by room for `count` Answered.
//
// Results are counts >= 0 or a negative errno: -EBADF for a slot that holds no request, -ENOTCONN for one whose transport
// is gone, -EFAULT for a range outside the slab.
class Channel {
 public:
  // Which transport, and so which class, a channel is of.
  enum class Kind { kFuse, kLoopback, kVirtqueue };

  // A finished slot, in the list of answers.
  struct Answered {
    uint32_t slot;
    uint32_t inline_size;
    uint32_t payload;
  };

  static constexpr uint32_t kMaxSlots = 4096;
  static bool Fits(const Instance& instance, uint32_t base, uint32_t count);

  Channel(Instance& instance, Kind kind, uint32_t base, uint32_t count);
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Lists waiting requests in the ready list, watching up to `spin` microseconds for one; their count or -errno. What the
  // shortcuts answer is answered and published, and watching begins anew. Words of slot 0's channel area tell of it:
  //   3: requests so answered   4: 1 when it stopped for the sake of others, not for want of requests
  // and one tells it: 5: what a Fetch may cost, as others wait for their turn and this Drain is over after one that found
  // something; 0: others do not
  int32_t Drain(uint32_t spin);
  // What a doorbell may do before the session hears of it: nothing, a Drain that watches for nothing, or one that the session
  // does not hear of when shortcuts answered all there was. Mirror of `Ahead` in native/channel.ts.
  enum class Ahead : uint32_t { kNothing, kAnswer, kAnswerAlone };
  void SetAhead(Ahead ahead) { ahead_ = ahead; }
  // A doorbell of this channel has rung: true when the session is to hear of it. Its next Drain tells what this one found.
  bool Rung();
  // Sends the slot's reply and frees the slot; false, and nothing is done, when it is not in use.
  bool Finish(uint32_t slot, uint32_t inline_size, uint32_t payload);
  // Finishes the slots that the first `count` entries of the block's list of answers name, and lets whoever polls see them.
  void FinishListed(uint32_t count);
  // Publishes what Finish has queued.
  void Commit();
  // Shortcuts::List, for the session.
  Shortcuts::Listed List(int dirfd, uint32_t parent, const uint8_t* records, uint32_t size, uint8_t* out, uint32_t room, HostIdentity& identity) {
    return shortcuts_.List(dirfd, parent, records, size, out, room, identity);
  }
  // Replaces an array of the shortcuts.
  void SetColumn(Column column, void* data, size_t bytes) { shortcuts_.Set(column, data, bytes); }
  // Lets go of the transport; slots in use stay with the session until it finishes them, for nothing.
  void Shut();
  // True once the channel is shut and no slot is in use: its block may be freed.
  bool Idle() const { return shut_ && free_.size() == count_; }

  Kind kind() const { return kind_; }
  // Replies that the transport refused since the last call.
  uint32_t TakeFailures() { return std::exchange(failures_, 0); }

  int32_t Get(uint32_t slot, uint32_t at, uint8_t* target, uint32_t length);
  int32_t GetToSlab(uint32_t slot, uint32_t at, uint32_t offset, uint32_t length);
  int32_t GetToFd(uint32_t slot, uint32_t at, int fd, int64_t offset, uint32_t length, int flags);
  int32_t Put(uint32_t slot, uint32_t at, const uint8_t* source, uint32_t length);
  int32_t PutFromSlab(uint32_t slot, uint32_t at, uint32_t offset, uint32_t length);
  int32_t PutFromFd(uint32_t slot, uint32_t at, int fd, int64_t offset, uint32_t length);

 protected:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kBudget = slot::kChannel + 20;

  // Acquires slots, fills their segments and lists them by Gather or Describe. 0 or -errno.
  virtual int32_t Fetch(uint32_t spin) = 0;
  // Sends `inline_size` bytes at the slot's reply (0: no reply is due), then `payload` bytes of its writable segments
  // from position `inline_size` on. Not called for a lost slot.
  virtual void Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) = 0;
  // Shows what was answered to a peer that looks for itself; Publish tells the one that does not.
  virtual void Expose() {}
  virtual void Publish() {}
  // Closes fds and mappings; called once.
  virtual void Release() {}

  // Takes the slot freed last, whose memory is likeliest in the cache; kNone when all are in use. Its segments are empty.
  uint32_t Acquire();
  // Gives back a slot that was acquired but will not be listed.
  void Discard(uint32_t slot);
  // Copies header, arguments and names of the slot's readable segments into the slot; to be followed by Describe.
  void Gather(uint32_t slot);
  // Fills the control words of a slot whose first bytes stand at its request already, and answers or lists it.
  void Describe(uint32_t slot);
  // Slots listed since Drain began; with those answered since this Fetch began.
  uint32_t listed() const { return listed_; }
  uint32_t taken() const { return listed_ + answered_; }
  // What a Fetch may cost for the sake of others, in small requests; 0: no others wait.
  uint32_t budget() const { return Word(0, kBudget); }
  // Counts a reply that could not be delivered.
  void Failed() { failures_++; }
  // Takes its memory away from every slot in use: from now on byte moves fail and Finish sends nothing.
  void LoseAll();

  uint8_t* At(uint32_t slot) const { return instance_.slab + base_ + size_t{slot} * slot::kSize; }
  uint32_t& Word(uint32_t slot, uint32_t offset) const { return *reinterpret_cast<uint32_t*>(At(slot) + offset); }
  Segments& Readable(uint32_t slot) { return slots_[slot].readable; }
  Segments& Writable(uint32_t slot) { return slots_[slot].writable; }
  uint32_t count() const { return count_; }

  Instance& instance_;

 private:
  enum class State : uint8_t { kFree, kInUse, kLost };
  struct SlotState {
    Segments readable;
    Segments writable;
    State state = State::kFree;
  };

  int32_t Check(uint32_t slot) const;
  bool Shortcut(uint32_t slot);
  int32_t Look(uint32_t spin);
  uint32_t InlineSize(uint32_t slot, uint32_t size) const;
  int32_t CopyOut(uint32_t slot, uint32_t at, uint8_t* target, uint32_t length);
  int32_t CopyIn(uint32_t slot, uint32_t at, const uint8_t* source, uint32_t length);

  const Kind kind_;
  const uint32_t base_;
  const uint32_t count_;
  uint32_t listed_ = 0;
  uint32_t answered_ = 0;
  uint32_t failures_ = 0;
  Ahead ahead_ = Ahead::kNothing;
  // What Rung found, until a Drain has told of it.
  std::optional<int32_t> found_;
  bool shut_ = false;
  std::vector<SlotState> slots_;
  std::vector<uint32_t> free_;
  std::vector<iovec> clip_;
  Shortcuts shortcuts_;
};

// The channel `id` when it is a T, else null.
template <typename T>
T* FindChannel(const Instance& instance, uint32_t id) {
  Channel* channel = Find(instance.channels, id);
  return channel && channel->kind() == T::kKind ? static_cast<T*>(channel) : nullptr;
}

}  // namespace fusewire
