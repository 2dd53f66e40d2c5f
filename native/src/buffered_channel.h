#pragma once
#include "channel.h"

namespace fusewire {

// A channel whose transport has no memory of its own to point at: each slot owns a payload buffer. Byte p of a request
// stands at the slot's request when p < kRequestSize, else at p of the payload buffer; byte p of a reply that was put
// stands at p of the payload buffer.
class BufferedChannel : public Channel {
 public:
  static bool Fits(const Instance& instance, uint32_t base, uint32_t count, uint32_t payloads);

  // `payloads`: slab offset of count * kPayloadSize bytes.
  BufferedChannel(Instance& instance, Kind kind, uint32_t base, uint32_t count, uint32_t payloads);

 protected:
  // Where a transport puts a request: two pieces, kPayloadSize bytes in all.
  void RequestRoom(uint32_t slot, iovec room[2]) const;
  // Lists the slot with a request of `length` bytes in that room.
  void Arrived(uint32_t slot, size_t length);
  // The two pieces of the reply that Answer is to send.
  void Reply(uint32_t slot, uint32_t inline_size, uint32_t payload, iovec reply[2]) const;

 private:
  uint8_t* Payload(uint32_t slot) const { return instance_.slab + payloads_ + size_t{slot} * slot::kPayloadSize; }

  const uint32_t payloads_;
};

}  // namespace fusewire
