#pragma once
#include <cerrno>
#include <cstdint>
#include <memory>

#include "driver_memory.h"

namespace fusewire {

// The driver's side of a virtqueue. What the driver must remember of its own chains it keeps in private memory: the device
// can write to the ring, and is not trusted to leave it alone.
class DriverQueue {
 public:
  static constexpr uint32_t kIndirect = 1;   // VIRTIO_F_INDIRECT_DESC was negotiated
  static constexpr uint32_t kEventIndex = 2; // VIRTIO_F_EVENT_IDX was negotiated
  static constexpr uint32_t kPolled = 4;     // the device need not call: whoever submits also reaps
  static constexpr uint32_t kPacked = 8;     // VIRTIO_F_RING_PACKED was negotiated

  struct Layout {
    uint32_t size;  // entries, a power of two up to 32768
    // Offsets in the memory, aligned to 16, 2 and 4 bytes; of a packed ring's event suppression areas the last two, to 4.
    uint32_t descriptors, available, used;
    uint32_t flags;
    int kick;  // eventfd, owned by the caller and open for as long as the queue
  };
  static bool Valid(const DriverMemory& memory, const Layout& layout);
  // The ring's memory, which is `Valid`, must be zero.
  static std::unique_ptr<DriverQueue> Open(std::shared_ptr<DriverMemory> memory, const Layout& layout);
  virtual ~DriverQueue() = default;

  // Makes a chain of the `count` descriptors of a split ring that stand at offset `table` in the memory, linked in order; an
  // indirect ring refers to the table, which stays the chain's until it is reaped. What names the chain until then, below
  // the ring's size; -EAGAIN: no room.
  int32_t Add(uint32_t table, uint32_t count);
  // Shows the device all chains added so far. 1 when it wanted a kick and got one.
  int32_t Publish();
  // Takes up to `limit` used chains as pairs of name and used length, watching up to `spin` microseconds for one. Fewer
  // than `limit`: the ring was empty, and the device will call for the next. -EIO: the device broke the ring.
  int32_t Reap(uint32_t* pairs, uint32_t limit, uint32_t spin);
  // Turns kPolled on or off; what is used already must be reaped without a call.
  void SetPolled(bool polled);
  // Where the device goes on that has answered all that it has fetched, as SET_VRING_BASE has it.
  virtual uint32_t Base() const = 0;
  uint32_t size() const { return size_; }

 protected:
  // virtq_desc; an entry of a packed ring's indirect table has the flags in place of `next`, and here what nobody reads.
  struct Descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
  };
  static constexpr uint16_t kNext = 1, kWrite = 2, kTable = 4;

  DriverQueue(std::shared_ptr<DriverMemory> memory, const Layout& layout)
      : memory_(std::move(memory)), size_(layout.size), flags_(layout.flags), kick_(layout.kick), free_(layout.size) {}
  bool has(uint32_t flag) const { return flags_ & flag; }

  // `entries`: how many of the ring's it takes, for which there is room.
  virtual int32_t Put(uint32_t table, uint32_t count, uint32_t entries) = 0;
  // Shows what was added; whether the device wants a kick, and false when nothing was.
  virtual bool Show() = 0;
  virtual int32_t TakeUsed(uint32_t* pairs, uint32_t limit) = 0;
  // Tells the device whether it is to call at all; then as `Rearm`.
  virtual void SetCalls(bool wanted) = 0;
  // Asks for a call at the next used chain; true when there is one already.
  virtual bool Rearm() = 0;
  int32_t Break() {
    broken_ = true;
    return -EIO;
  }

  const std::shared_ptr<DriverMemory> memory_;
  const uint32_t size_;
  uint32_t flags_;
  const int kick_;
  uint32_t free_;  // entries

 private:
  bool broken_ = false;
};

}  // namespace fusewire
