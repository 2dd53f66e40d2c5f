// What a guest can do to a virtqueue: rings, chains and requests of any content, answered by shortcuts and by a session that
// moves bytes as a plugin would. The input is a list of choices (input.h).
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "input.h"
#include "virtqueue.h"

namespace fusewire::fuzz {
namespace {

constexpr uint64_t kGuest = 0x4000'0000, kUser = 0x7f00'0000'0000;
constexpr uint32_t kMemory = 1 << 17, kHalf = kMemory / 2;
// Where the parts of the ring, an indirect table and requests stand, unless a choice says otherwise.
constexpr uint32_t kDescriptors = 0, kAvailable = 0x1000, kUsed = 0x2000, kTable = 0x4000, kRequests = 0x8000;
constexpr uint32_t kBase = 4096, kSlots = 4, kCanary = 64;
constexpr uint32_t kBlock = kSlots * (slot::kSize + 4 + sizeof(Channel::Answered));
constexpr uint32_t kScratch = 1 << 20;
constexpr uint32_t kNodes = 4;

void Require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}

// The tables that TypeScript keeps, for node 1 (a directory) and 2 (a file) and handle 1, which is open.
struct Tables {
  uint32_t parameters[8] = {1u << FUSE_READ | 1u << FUSE_WRITE | 1u << FUSE_GETATTR | 1u << FUSE_LOOKUP, 1, 0, 1, 0};
  double requests[54] = {}, errors[54] = {}, bytes[2] = {}, lookups[kNodes] = {0, 1, 1, 0}, references[kNodes] = {0, 1, 1, 0};
  uint8_t kinds[kNodes] = {0, 1, 2, 1}, changing[kNodes] = {};
  uint32_t handle_nodes[kNodes] = {0, 2, 1, 2}, handle_generations[kNodes] = {0, 0, 0, 7}, generations[kNodes] = {0, 0, 0, 3};
  int32_t data[kNodes], fds[kNodes];

  Tables(int file, int directory) : data{-1, file, -1, file}, fds{-1, directory, file, -1} {}
  void Show(Channel& channel) {
    Set(channel, Column::kParameters, parameters);
    Set(channel, Column::kRequests, requests);
    Set(channel, Column::kErrors, errors);
    Set(channel, Column::kBytes, bytes);
    Set(channel, Column::kLookups, lookups);
    Set(channel, Column::kReferences, references);
    Set(channel, Column::kHandleKinds, kinds);
    Set(channel, Column::kChanging, changing);
    Set(channel, Column::kHandleNodes, handle_nodes);
    Set(channel, Column::kHandleGenerations, handle_generations);
    Set(channel, Column::kGenerations, generations);
    Set(channel, Column::kHandleData, data);
    Set(channel, Column::kNodeFds, fds);
  }
  template <typename T, size_t N>
  void Set(Channel& channel, Column column, T (&array)[N]) {
    channel.SetColumn(column, array, sizeof array);
  }
};

// One guest with one ring.
class Guest {
 public:
  Guest(Instance& instance, int memory_fd, uint8_t* bytes, int file, int directory, Input& input)
      : input_(input), instance_(instance), fd_(memory_fd), bytes_(bytes), file_(file), tables_(file, directory) {}

  void Run() {
    Layout();
    Virtqueue::Config config;
    config.ring.size = 1u << input_.Below(7);
    config.ring.event_idx = input_.Byte() & 1;
    config.indirect = input_.Byte() & 1;
    config.ring.descriptors = RingAddress(kDescriptors);
    config.ring.available = RingAddress(kAvailable);
    config.ring.used = RingAddress(kUsed);
    // Wrap counters are 1 at the start.
    config.packed = packed_ = input_.Byte() % 4 == 0;
    config.next = packed_ ? 0x8000'8000 : 0;
    size_ = config.ring.size;
    memset(instance_.slab + kBase + kBlock, 0xa5, kCanary);
    queue_ = std::make_unique<Virtqueue>(instance_, kBase, kSlots, memory_, config);
    if (queue_->Start() < 0) return;
    if (input_.Byte() & 1) tables_.Show(*queue_);
    if (input_.Byte() % 4 == 0) queue_->Track(fd_, kMemory - 4096);
    for (int steps = 0; !input_.empty() && steps < 64; steps++) Step();
    queue_->Shut();
    for (uint32_t slot = 0; slot < kSlots; slot++) queue_->Finish(slot, 0, 0);
    Require(queue_->Idle(), "a closed queue whose requests are finished is idle");
    for (uint32_t i = 0; i < kCanary; i++) Require(instance_.slab[kBase + kBlock + i] == 0xa5, "nothing is written behind the slots");
  }

 private:
  void Layout() {
    switch (input_.Below(4)) {
      case 0:
        memory_->Add(fd_, kGuest, kHalf, kUser, 0);
        memory_->Add(fd_, kGuest + kHalf, kHalf, kUser + kHalf, kHalf);
        break;
      case 1:
        memory_->Add(fd_, kGuest, kHalf, kUser, 0);
        memory_->Add(fd_, kGuest + kMemory, kHalf, kUser + kMemory, kHalf);
        break;
      default:
        memory_->Add(fd_, kGuest, kMemory, kUser, 0);
    }
  }

  uint64_t RingAddress(uint32_t usual) { return input_.Byte() < 240 ? kUser + usual : kUser + input_.Number(); }

  uint64_t Address() {
    switch (input_.Below(8)) {
      case 0: return kGuest + kHalf - input_.Byte();
      case 1: return kGuest + kMemory - input_.Byte();
      case 2: return input_.Number();
      case 3: return kGuest + kTable;
      default: return kGuest + kRequests + 64 * input_.Byte();
    }
  }

  void Describe(uint32_t table, uint32_t index) {
    const uint32_t at = table + 16 * index;
    const uint64_t address = Address();
    const uint32_t length = static_cast<uint32_t>(input_.Number());
    const uint8_t flags = input_.Byte();
    const uint16_t value = flags < 192 ? flags & 3 : flags & 7, next = input_.Byte() < 250 ? static_cast<uint16_t>(index + 1) : input_.Short();
    memcpy(bytes_ + at, &address, 8);
    memcpy(bytes_ + at + 8, &length, 4);
    // Of a packed ring the id stands before the flags, which say that the descriptor is available.
    const uint16_t last = packed_ ? value | (flags & 16 ? 0 : 0x80) : next;
    memcpy(bytes_ + at + 12, packed_ ? &next : &value, 2);
    memcpy(bytes_ + at + 14, &last, 2);
  }

  // A request that is right but for what the choices make of it.
  void WriteRequest(uint32_t at) {
    static constexpr uint32_t kOpcodes[] = {FUSE_READ, FUSE_WRITE, FUSE_GETATTR, FUSE_LOOKUP, FUSE_FORGET, FUSE_SETATTR, 0, 31, 32, 255};
    fuse_in_header header = {};
    header.opcode = kOpcodes[input_.Below(sizeof kOpcodes / sizeof *kOpcodes)];
    header.unique = input_.Byte();
    header.nodeid = input_.Byte() < 200 ? input_.Below(4) : input_.Number();
    uint8_t arguments[48] = {};
    uint32_t length = 40;
    if (header.opcode == FUSE_LOOKUP) {
      length = input_.Below(16);
      for (uint32_t i = 0; i < length; i++) arguments[i] = "./abp\0ro"[input_.Below(8)];
    } else {
      const uint64_t handle = input_.Byte() < 200 ? 1 + input_.Below(3) : input_.Number(), offset = input_.Number();
      const uint32_t size = static_cast<uint32_t>(input_.Number()), flags = input_.Byte() < 200 ? 0 : input_.Byte();
      memcpy(arguments, &handle, 8);
      memcpy(arguments + 8, &offset, 8);
      memcpy(arguments + 16, &size, 4);
      memcpy(arguments + 20, &flags, 4);
    }
    header.len = input_.Byte() < 220 ? sizeof header + length : static_cast<uint32_t>(input_.Number());
    memcpy(bytes_ + at, &header, sizeof header);
    memcpy(bytes_ + at + sizeof header, arguments, sizeof arguments);
  }

  // Request and room for its reply in two descriptors, or an indirect table of them, made available.
  void OfferRequest() {
    const uint32_t at = kRequests + 256 * input_.Below(32), length = input_.Byte() < 200 ? 88 + input_.Byte() : input_.Byte();
    WriteRequest(at);
    const bool indirect = input_.Byte() & 1;
    const uint32_t table = indirect ? kTable : kDescriptors;
    Put(table, 0, kGuest + at, length, 1, 1);
    Put(table, 1, kGuest + kRequests + 0x4000 + 64 * input_.Byte(), static_cast<uint32_t>(input_.Number() % 8192), 2, 0);
    if (indirect) Put(kDescriptors, 0, kGuest + kTable, 32, 4, 0);
    Offer(0);
  }

  void Put(uint32_t table, uint32_t index, uint64_t address, uint32_t length, uint16_t flags, uint16_t next) {
    const uint32_t at = table + 16 * index;
    memcpy(bytes_ + at, &address, 8);
    memcpy(bytes_ + at + 8, &length, 4);
    memcpy(bytes_ + at + 12, &flags, 2);
    memcpy(bytes_ + at + 14, &next, 2);
  }

  void Offer(uint16_t head) {
    uint16_t index;
    memcpy(&index, bytes_ + kAvailable + 2, 2);
    memcpy(bytes_ + kAvailable + 4 + 2 * (index % size_), &head, 2);
    index++;
    memcpy(bytes_ + kAvailable + 2, &index, 2);
  }

  void Step() {
    switch (input_.Below(16)) {
      case 0: case 1: case 2: OfferRequest(); break;
      case 3: Describe(kDescriptors, input_.Below(64)); break;
      case 4: Describe(kTable, input_.Below(64)); break;
      case 5: Offer(input_.Byte() < 240 ? input_.Below(64) : input_.Short()); break;
      case 6: {
        const uint16_t index = static_cast<uint16_t>(input_.Number());
        memcpy(bytes_ + kAvailable + 2, &index, 2);
        break;
      }
      case 7: memory_->Remove(kGuest, kMemory, kUser); break;
      case 8: memory_->Add(fd_, kGuest + input_.Number(), input_.Number(), kUser + input_.Number(), input_.Number()); break;
      case 9: queue_->Remap(); break;
      case 10: queue_->Commit(); break;
      case 11: memset(bytes_ + kDescriptors + 16 * input_.Below(64), input_.Byte(), input_.Byte()); break;
      case 12: Finish(input_.Below(kSlots + 1)); break;
      case 13: SetBudget(input_.Below(64)); Drain(); break;
      default: Drain();
    }
  }

  // As core/session/loop.ts does while others wait.
  void SetBudget(uint32_t cost) { memcpy(instance_.slab + kBase + slot::kChannel + 20, &cost, sizeof cost); }

  void Drain() {
    const int32_t count = queue_->Drain(0);
    Require(count <= static_cast<int32_t>(kSlots), "no more requests than slots");
    for (int32_t i = 0; i < count; i++) {
      uint32_t slot;
      memcpy(&slot, instance_.slab + kBase + kSlots * slot::kSize + 4 * i, 4);
      Require(slot < kSlots, "a listed slot is one");
      Move(slot);
    }
  }

  // What a plugin does: bytes out of the request, and into the reply.
  void Move(uint32_t slot) {
    const uint32_t at = static_cast<uint32_t>(input_.Number()), length = static_cast<uint32_t>(input_.Number());
    int32_t moved = 0;
    switch (input_.Below(6)) {
      case 0: moved = queue_->GetToSlab(slot, at, kScratch, length % kScratch); break;
      case 1: moved = queue_->PutFromSlab(slot, at, kScratch, length % kScratch); break;
      case 2: moved = queue_->GetToFd(slot, at, file_, at % 8192, length % 65536, 0); break;
      case 3: moved = queue_->PutFromFd(slot, at, file_, at % 8192, length); break;
      case 4: moved = queue_->GetToSlab(slot, at, static_cast<uint32_t>(input_.Number()) | 0x4000'0000, length); break;
      default: return;
    }
    Require(moved < 0 || static_cast<uint32_t>(moved) <= length, "no more bytes are moved than asked for");
  }

  void Finish(uint32_t slot) { queue_->Finish(slot, static_cast<uint32_t>(input_.Number()), static_cast<uint32_t>(input_.Number())); }

  Input& input_;
  bool packed_ = false;
  Instance& instance_;
  const int fd_;
  uint8_t* const bytes_;
  const int file_;
  Tables tables_;
  uint32_t size_ = 1;
  std::shared_ptr<GuestMemory> memory_ = std::make_shared<GuestMemory>();
  std::unique_ptr<Virtqueue> queue_;
};

struct World {
  Instance instance{nullptr};
  int memory = memfd_create("fuzz-guest", MFD_CLOEXEC);
  int file = memfd_create("fuzz-file", MFD_CLOEXEC);
  int directory = open("/proc/self", O_PATH | O_CLOEXEC);
  uint8_t* bytes = nullptr;
  World() {
    if (ftruncate(memory, kMemory) < 0 || ftruncate(file, 8192) < 0) abort();
    bytes = static_cast<uint8_t*>(mmap(nullptr, kMemory, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0));
  }
};

}  // namespace
}  // namespace fusewire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fusewire::fuzz;
  static World* world = new World;
  memset(world->bytes, 0, kRequests + 0x2000);
  Input input(data, size);
  Guest(world->instance, world->memory, world->bytes, world->file, world->directory, input).Run();
  // A write at a large offset has made it large.
  return ftruncate(world->file, 8192);
}
