#include "buffered_channel.h"

#include <algorithm>

namespace fusewire {

bool BufferedChannel::Fits(const Instance& instance, uint32_t base, uint32_t count, uint32_t payloads) {
  return Channel::Fits(instance, base, count) && payloads + uint64_t{count} * slot::kPayloadSize <= Instance::kSlabSize;
}

BufferedChannel::BufferedChannel(Instance& instance, Kind kind, uint32_t base, uint32_t count, uint32_t payloads)
    : Channel(instance, kind, base, count), payloads_(payloads) {
  for (uint32_t slot = 0; slot < count; slot++) Word(slot, slot::kPayload) = payloads + slot * slot::kPayloadSize;
}

void BufferedChannel::RequestRoom(uint32_t slot, iovec room[2]) const {
  room[0] = {At(slot) + slot::kRequest, slot::kRequestSize};
  room[1] = {Payload(slot) + slot::kRequestSize, slot::kPayloadSize - slot::kRequestSize};
}

void BufferedChannel::Arrived(uint32_t slot, size_t length) {
  iovec room[2];
  RequestRoom(slot, room);
  size_t head = std::min(length, room[0].iov_len);
  Readable(slot).Add(room[0].iov_base, head);
  Readable(slot).Add(room[1].iov_base, length - head);
  Writable(slot).Add(Payload(slot), slot::kPayloadSize);
  Describe(slot);
}

void BufferedChannel::Reply(uint32_t slot, uint32_t inline_size, uint32_t payload, iovec reply[2]) const {
  reply[0] = {At(slot) + slot::kReply, inline_size};
  reply[1] = {Payload(slot) + inline_size, payload};
}

}  // namespace fusewire
