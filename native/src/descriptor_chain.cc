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

uint32_t ChainWalk::MostIndirect() const { return std::max(ring_size_, kMaxIndirect); }

Breach ChainWalk::Add(uint64_t address, uint32_t length, bool write) {
  if (writing_ && !write) return Breach::kOrder;
  writing_ = write;
  total_ += length;
  if (total_ > kMaxTotal) return Breach::kTotal;
  if (!memory_.AddGuest(address, length, write ? writable_ : readable_)) return Breach::kAddress;
  return readable_.pieces() + writable_.pieces() > MostIndirect() + kMaxCuts ? Breach::kTotal : Breach::kNone;
}

Breach WalkChain(const SplitRing& ring, const MemoryTable& memory, uint16_t head, bool indirect, Segments& readable,
                 Segments& writable) {
  ChainWalk walk(memory, ring.size(), readable, writable);
  const uint8_t* table = ring.descriptors();
  uint32_t entries = ring.size();
  uint32_t left = entries;
  uint32_t index = head;
  for (;;) {
    if (index >= entries) return Breach::kDescriptorIndex;
    if (left-- == 0) return Breach::kLength;
    const Descriptor descriptor = Descriptor::Load(table + size_t{index} * sizeof(Descriptor));
    if (descriptor.flags & Descriptor::kIndirect) {
      if (!indirect || (descriptor.flags & Descriptor::kNext)) return Breach::kIndirect;
      entries = descriptor.length / sizeof(Descriptor);
      if (entries == 0 || descriptor.length % sizeof(Descriptor) || entries > walk.MostIndirect()) return Breach::kIndirectLength;
      table = memory.FromGuest(descriptor.address, descriptor.length);
      if (!table) return Breach::kAddress;
      indirect = false;  // no nesting
      left = entries;
      index = 0;
      continue;
    }
    if (Breach breach = walk.Add(descriptor.address, descriptor.length, descriptor.flags & Descriptor::kWrite); breach != Breach::kNone) return breach;
    if (!(descriptor.flags & Descriptor::kNext)) return Breach::kNone;
    index = descriptor.next;
  }
}

}  // namespace fusewire
