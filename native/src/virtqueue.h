#pragma once
#include <memory>
#include <vector>

#include "channel.h"
#include "descriptor_chain.h"
#include "dirty_log.h"
#include "inflight.h"
#include "packed_ring.h"
#include "split_ring.h"
#include "unique_fd.h"

namespace fusewire {

// The device side of a virtqueue, split or packed. A slot's segments point into guest memory; the slot holds the memory table they
// point into. The first words of slot 0's channel area tell TypeScript how the queue stands, without a call:
//   0: requests in flight   1: how many requests wait that Drain had no room for   2: Breach
class Virtqueue : public Channel {
 public:
  static constexpr Kind kKind = Kind::kVirtqueue;
  struct Config {
    SplitRing::Config ring;
    bool indirect;
    bool packed;
    uint32_t next;  // available index to begin with; of a packed ring, PackedRing::Base
  };

  Virtqueue(Instance& instance, uint32_t base, uint32_t count, std::shared_ptr<GuestMemory> memory, const Config& config);

  // To be called once, first: Remap, and takes over the used index of the ring's earlier life. 0 or -errno.
  int Start();
  // Keeps what is in flight in the file, from `offset` on, and takes up what an earlier device left there: it is fetched
  // again before anything else. To be called before the first Drain. The number of those requests, or -errno.
  int Track(int fd, uint64_t offset);
  // Points the ring into the memory table in force. 0 or -errno; the queue is broken then.
  int Remap();
  // The guest may have missed an interrupt while the descriptors changed: it gets one more.
  void SetCall(UniqueFd fd);
  void SetError(UniqueFd fd) { error_ = std::move(fd); }
  // The next available index to be fetched; of a packed ring, PackedRing::Base.
  uint32_t next() const { return config_.packed ? packed_.Base() : next_; }

 protected:
  int32_t Fetch(uint32_t spin) override;
  void Answer(uint32_t slot, uint32_t inline_size, uint32_t payload) override;
  void Expose() override;
  void Publish() override;
  void Release() override;

 private:
  struct InFlight {
    // `id`: of a split ring the head; `entry`: of a packed ring alone.
    PackedRing::Buffer buffer;
    MemoryTableRef table;
  };
  static constexpr uint32_t kBatch = 32;
  // What the requests of one Fetch may cost, in small ones, so that a guest of large ones keeps others waiting for no longer.
  static constexpr uint64_t kBatchCost = 64;
  static constexpr uint32_t kCostBytes = 16384;
  static constexpr size_t kCostPieces = 64;

  uint32_t& Status(uint32_t word) { return Word(0, slot::kChannel + 4 * word); }
  // Of a packed ring, no more than one is known.
  uint16_t Waiting() const { return config_.packed ? packed_.Available() : ring_.AvailableIndex() - next_; }
  void SetKicks(bool wanted);
  uint16_t Await(uint32_t spin);
  int32_t FetchAgain();
  // Of a split ring the chain of that head; of a packed ring the next one, or with `again` the one of that name.
  Breach Take(uint32_t slot, uint16_t head, bool again);
  Breach Walk(uint32_t slot, PackedRing::Buffer& buffer, bool again);
  int32_t Break(Breach breach);
  // Tell a front-end that moves the guest what was written to.
  void MarkWritten(uint32_t slot);
  void MarkRing() {
    DirtyLog* log = memory_->log();
    if (log && config_.packed) packed_.Mark(*log, *table_.get());
    else if (log) table_->Mark(*log, ring_.used(), ring_.used_bytes());
  }

  const Config config_;
  std::shared_ptr<GuestMemory> memory_;
  MemoryTableRef table_;
  SplitRing ring_;
  PackedRing packed_;
  uint16_t next_;
  // Free-running: elements of the used ring, or descriptors of a packed ring that were stepped over.
  uint16_t used_ = 0;
  uint16_t published_ = 0;
  bool ever_published_ = false;
  bool kicks_ = true;
  std::vector<InFlight> in_flight_;
  // One of both, where what is in flight is tracked.
  std::unique_ptr<InflightRing> inflight_;
  std::unique_ptr<PackedInflight> packed_inflight_;
  std::vector<uint16_t> again_;  // heads, or names in the record, of what is to be fetched again, the first one last
  uint64_t cost_ = 0;
  UniqueFd call_;
  UniqueFd error_;
};

}  // namespace fusewire
