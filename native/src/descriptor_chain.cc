#include "descriptor_chain.h"

#include <algorithm>

namespace fusewire {

namespace {
constexpr uint64_t kMaxTotal = uint64_t{1} << 31;
// Linux before 5.14 puts 256 pages into an indirect table, however short the ring.
constexpr uint32_t kMaxIndirect = 1024;
// Bounds what a chain takes of our memory: each descriptor may span every region, however small these are.
constexpr size_t kMaxCuts = 1024;
}  // namespace

Breach WalkChain(const SplitRing& ring, const MemoryTable& memory, uint16_t head, bool indirect, Segments& readable,
                 Segments& writable) {
  const uint8_t* table = ring.descriptors();
  uint32_t entries = ring.size();
  uint32_t left = entries;
  uint32_t index = head;
  uint64_t total = 0;
  bool writing = false;
  const size_t most = std::max(ring.size(), kMaxIndirect) + kMaxCuts;
  for (;;) {
    if (index >= entries) return Breach::kDescriptorIndex;
    if (left-- == 0) return Breach::kLength;
    const Descriptor descriptor = Descriptor::Load(table + size_t{index} * sizeof(Descriptor));
    if (descriptor.flags & Descriptor::kIndirect) {
      if (!indirect || (descriptor.flags & Descriptor::kNext)) return Breach::kIndirect;
      entries = descriptor.length / sizeof(Descriptor);
      if (entries == 0 || descriptor.length % sizeof(Descriptor) || entries > std::max(ring.size(), kMaxIndirect)) {
        return Breach::kIndirectLength;
      }
      table = memory.FromGuest(descriptor.address, descriptor.length);
      if (!table) return Breach::kAddress;
      indirect = false;  // no nesting
      left = entries;
      index = 0;
      continue;
    }
    const bool write = descriptor.flags & Descriptor::kWrite;
    if (writing && !write) return Breach::kOrder;
    writing = write;
    total += descriptor.length;
    if (total > kMaxTotal) return Breach::kTotal;
    if (!memory.AddGuest(descriptor.address, descriptor.length, write ? writable : readable)) return Breach::kAddress;
    if (readable.pieces() + writable.pieces() > most) return Breach::kTotal;
    if (!(descriptor.flags & Descriptor::kNext)) return Breach::kNone;
    index = descriptor.next;
  }
}

}  // namespace fusewire
