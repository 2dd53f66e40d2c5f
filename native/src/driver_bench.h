#pragma once
#include <poll.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "driver_memory.h"
#include "driver_queue.h"

namespace fusewire {

// A load generator on the driver's rings: lanes, each with one cycle of requests that goes round and round. What it sends
// stands ready in the guest memory; between a used chain and the next request there are a check of the reply, the few
// bytes that the next request takes from it, and no call into JavaScript.
class DriverBench {
 public:
  // One request of the cycle. Offsets are in bytes from the lane's start.
  struct Step {
    enum : uint32_t { kHiprio = 1, kBackground = 2, kRandom = 4, kListing = 8, kFirst = 16, kLast = 32 };
    uint32_t table, descriptors;  // its descriptor table
    uint32_t request, reply;
    // kHiprio: ring 0. kBackground: the next step does not wait for its answer. kRandom: the u64 at `vary` becomes a
    // random multiple of `stride` below `stride * count`, else the next one. kListing: a READDIRPLUS that is repeated
    // from the last entry of each answer until there is none. kFirst, kLast: ends of one cycle.
    uint32_t flags;
    int32_t error;    // the errno expected, negative, or 0
    uint32_t answer;  // the whole reply's least length
    uint32_t vary, stride, count;  // no variation when count is 0
    uint32_t first_capture, captures;
    uint32_t after_low, after_high;  // a bit for each step that must have come back before
  };
  // Copies 8 bytes of a reply into a later request of the lane.
  struct Capture {
    uint32_t from, to;
  };
  struct Ring {
    DriverQueue* queue;
    int call;  // eventfd
  };
  struct Program {
    uint32_t lanes, base, size;  // where lane 0 starts in the memory, and bytes per lane
    std::vector<Step> steps;
    std::vector<Capture> captures;
  };

  // `rings`: hiprio first. Every step of every lane must lie in the memory.
  DriverBench(std::shared_ptr<DriverMemory> memory, std::vector<Ring> rings, Program program);
  static bool Valid(const DriverMemory& memory, const Program& program);

  // Goes round until `limit` cycles were begun or `duration` microseconds are over, then waits for what is in flight.
  // `samples` gets each cycle's nanoseconds, without the background steps at its end. The number of cycles;
  // -ETIMEDOUT: no answer for ten seconds; -EPROTO: a reply that was not expected, which `failure` tells of.
  int32_t Run(uint32_t* samples, uint32_t limit, uint32_t duration, bool spin);

  struct Failure {
    int32_t step, error, length;
  } failure = {-1, 0, 0};

 private:
  struct Lane {
    uint8_t* base;
    uint32_t step = 0;      // the next one
    uint64_t flying = 0;    // bit per step
    bool waits = false;     // for what the next step comes after
    uint32_t random;
    int64_t started = 0;
  };
  struct Owner {
    uint16_t lane, step;
  };

  int32_t Advance(Lane& lane);
  int32_t Submit(Lane& lane, uint32_t index);
  int32_t Complete(Owner owner, uint32_t length);
  bool Expected(const Lane& lane, const Step& step, uint32_t length);
  bool NextPage(Lane& lane, const Step& step, uint32_t length);
  int32_t Reap(bool spin);
  void Sleep();

  const std::shared_ptr<DriverMemory> memory_;
  const std::vector<Ring> rings_;
  const Program program_;
  std::vector<Lane> lanes_;
  std::vector<std::vector<Owner>> owners_;  // by ring and head
  std::vector<uint32_t> pairs_;
  std::vector<Owner> batch_;
  std::vector<bool> dirty_;  // rings to publish
  std::vector<pollfd> calls_;

  uint32_t* samples_ = nullptr;
  uint32_t begun_ = 0, done_ = 0, limit_ = 0, flying_ = 0;
  int64_t now_ = 0;
  bool over_ = false;
};

}  // namespace fusewire
