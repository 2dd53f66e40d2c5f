#include "shortcuts.h"

#include <fcntl.h>

#include <algorithm>

#include "transfer.h"

namespace fusewire {

namespace {
// Offsets are exact in TypeScript up to here; beyond, the errno is the session's to choose.
constexpr uint64_t kOffsetMax = (uint64_t{1} << 53) - 1;
constexpr uint8_t kFile = 1;  // HandleKind.FILE

// Bytes of arguments, and of the reply's body, that a request of the opcode has at least.
struct Sizes {
  uint32_t arguments;
  uint32_t body;
};
constexpr Sizes kRead = {sizeof(fuse_read_in), 0};
constexpr Sizes kWrite = {sizeof(fuse_write_in), sizeof(fuse_write_out)};
constexpr Sizes kGetattr = {sizeof(fuse_getattr_in), sizeof(fuse_attr_out)};
constexpr Sizes kLookup = {0, sizeof(fuse_entry_out)};

bool Fits(const Shortcuts::Message& message, Sizes sizes) {
  return message.in().len >= sizeof(fuse_in_header) + sizes.arguments && message.writable.size() >= sizeof(fuse_out_header) + sizes.body;
}
}  // namespace

bool Shortcuts::Answer(const Message& message, Reply& reply) {
  const uint32_t allowed = Setting(kOpcodes);
  if (!allowed || message.size < sizeof(fuse_in_header)) return false;
  const fuse_in_header& in = message.in();
  if (in.opcode >= 32 || !(allowed >> in.opcode & 1) || in.len > message.size) return false;
  reply = {sizeof(fuse_out_header), 0};
  auto* out = reinterpret_cast<fuse_out_header*>(message.reply);
  *out = {sizeof(fuse_out_header), 0, in.unique};
  bool answered = false;
  switch (in.opcode) {
    case FUSE_READ: answered = Fits(message, kRead) && Read(message, reply); break;
    case FUSE_WRITE: answered = Fits(message, kWrite) && Write(message, reply); break;
    case FUSE_GETATTR: answered = Fits(message, kGetattr) && GetAttributes(message, reply); break;
    case FUSE_LOOKUP: answered = Fits(message, kLookup) && Lookup(message, reply); break;
  }
  if (!answered) return false;
  out->len = reply.inline_size + reply.payload;
  Count(in, *out);
  return true;
}

void Shortcuts::Count(const fuse_in_header& in, const fuse_out_header& out) {
  if (columns_.Has<double>(Column::kRequests, in.opcode)) columns_.At<double>(Column::kRequests, in.opcode)++;
  if (out.error && columns_.Has<double>(Column::kErrors, in.opcode)) columns_.At<double>(Column::kErrors, in.opcode)++;
  if (!columns_.Has<double>(Column::kBytes, 1)) return;
  columns_.At<double>(Column::kBytes, 0) += in.len;
  columns_.At<double>(Column::kBytes, 1) += out.len;
}

uint32_t Shortcuts::Node(uint64_t id) const {
  const uint32_t node = static_cast<uint32_t>(id);
  const uint32_t generation = id >> 32;
  if (node == FUSE_ROOT_ID) return generation ? 0 : node;
  if (!(columns_.Get<double>(Column::kLookups, node, 0) > 0)) return 0;
  return columns_.Get<uint32_t>(Column::kGenerations, node, ~generation) == generation ? node : 0;
}

int Shortcuts::DataFd(uint64_t handle, uint32_t node) const {
  const uint32_t index = static_cast<uint32_t>(handle);
  const uint32_t generation = handle >> 32;
  if (!index || columns_.Get<uint8_t>(Column::kHandleKinds, index, 0) != kFile) return -1;
  if (columns_.Get<uint32_t>(Column::kHandleGenerations, index, ~generation) != generation) return -1;
  if (columns_.Get<uint32_t>(Column::kHandleNodes, index, ~node) != node) return -1;
  return columns_.Get<int32_t>(Column::kHandleData, index, -1);
}

bool Shortcuts::Read(const Message& message, Reply& reply) {
  const auto& in = message.arguments<fuse_read_in>();
  const uint32_t node = Node(message.in().nodeid);
  const int fd = node ? DataFd(in.fh, node) : -1;
  if (fd < 0 || in.offset > kOffsetMax) return false;
  message.writable.Clip(sizeof(fuse_out_header), in.size, clip_);
  const int32_t read = ReadPieces(fd, clip_, in.offset);
  if (read < 0) return false;
  reply.payload = read;
  return true;
}

// Set-id bits to be cleared and appends are the plugin's to care for.
bool Shortcuts::Write(const Message& message, Reply& reply) {
  const auto& in = message.arguments<fuse_write_in>();
  const uint32_t node = Node(message.in().nodeid);
  const int fd = node ? DataFd(in.fh, node) : -1;
  constexpr uint32_t kData = sizeof(fuse_in_header) + sizeof(fuse_write_in);
  if (fd < 0 || in.offset > kOffsetMax || in.size > message.in().len - kData) return false;
  if ((in.write_flags & ~(FUSE_WRITE_CACHE | FUSE_WRITE_LOCKOWNER)) || (in.flags & O_APPEND)) return false;
  message.readable.Clip(kData, in.size, clip_);
  const int32_t wrote = WritePieces(fd, clip_, in.offset, 0);
  if (wrote < 0) return false;
  message.body<fuse_write_out>() = {static_cast<uint32_t>(wrote), 0};
  reply.inline_size += sizeof(fuse_write_out);
  return true;
}

}  // namespace fusewire
