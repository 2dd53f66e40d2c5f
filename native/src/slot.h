#pragma once
#include <cstdint>

// Mirror of core/channel/slot.ts: byte offsets within a slot. A test compares the two.
namespace fusewire::slot {
constexpr uint32_t kInLength = 0;
constexpr uint32_t kInInline = 4;
constexpr uint32_t kOutCapacity = 8;
constexpr uint32_t kPayload = 12;
constexpr uint32_t kChannel = 16;
constexpr uint32_t kFound = 40;
constexpr uint32_t kBody = 48;
constexpr uint32_t kSent = 52;
constexpr uint32_t kInner = 56;
constexpr uint32_t kDepth = 60;
constexpr uint32_t kReply = 64;
constexpr uint32_t kIdentity = 208;
constexpr uint32_t kRequest = 448;
constexpr uint32_t kSize = 8768;
constexpr uint32_t kReplySize = kRequest - kReply;
constexpr uint32_t kRequestSize = kSize - kRequest;
constexpr uint32_t kPayloadSize = 0x102000;
}  // namespace fusewire::slot
