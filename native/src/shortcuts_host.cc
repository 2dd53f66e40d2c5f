#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host_attr.h"
#include "shortcuts.h"
#include "slot.h"

// GETATTR and LOOKUP of files of the host, by the columns of the passthrough plugin.
namespace fusewire {

namespace {
constexpr size_t kNameMax = 255;

// Mirror of `HostMount` in plugins/passthrough/mounts.ts: a row of Column::kHostMounts.
struct HostMount {
  uint64_t id;
  uint32_t dev_major, dev_minor;
  // Its files are found again by file handle: a name need not be noted.
  uint32_t handles;
  uint32_t unused;
};
static_assert(sizeof(HostMount) == 24);
static_assert(slot::kIdentity == slot::kReply + sizeof(fuse_out_header) + sizeof(fuse_entry_out));
static_assert(slot::kIdentity % alignof(HostIdentity) == 0 && slot::kIdentity + sizeof(HostIdentity) <= slot::kRequest);

// struct linux_dirent64, whose name begins before its end.
struct Record {
  uint64_t ino;
  int64_t off;
  uint16_t length;
  uint8_t type;
};
constexpr uint32_t kRecordName = 19;

bool IsDots(const char* name, size_t length) { return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')); }

// The name of a directory entry, NUL-terminated within the message; null for what the session refuses.
const char* EntryName(const Shortcuts::Message& message) {
  const char* name = reinterpret_cast<const char*>(message.header + sizeof(fuse_in_header));
  const size_t room = std::min(message.in().len, message.inline_size) - sizeof(fuse_in_header);
  const size_t length = strnlen(name, room);
  if (!length || length == room || length > kNameMax || memchr(name, '/', length)) return nullptr;
  return IsDots(name, length) ? nullptr : name;
}

// Mirror of `hash` in plugins/passthrough/identities.ts.
uint32_t Hash(uint32_t low, uint32_t high, uint32_t mount, uint32_t nanoseconds) {
  uint32_t h = low ^ (high * 0x9e3779b1) ^ (mount * 0x85ebca6b) ^ (nanoseconds * 0xc2b2ae35);
  h = (h ^ (h >> 16)) * 0x7feb352d;
  h = (h ^ (h >> 15)) * 0x846ca68b;
  return h ^ (h >> 16);
}

// The node that shows the file on the mount, or 0. Mirror of `Identities.find`.
uint32_t Find(const Columns& columns, const HostIdentity& file, uint32_t mount) {
  const size_t places = columns.Length<int32_t>(Column::kPlaces);
  if (!places) return 0;
  const uint32_t low = static_cast<uint32_t>(file.ino), high = file.ino >> 32;
  size_t place = Hash(low, high, mount, file.btimensec) & (places - 1);
  for (size_t probes = 0; probes < places; probes++, place = (place + 1) & (places - 1)) {
    const uint32_t node = columns.At<int32_t>(Column::kPlaces, place);
    if (!node) return 0;
    if (columns.Get<uint32_t>(Column::kInodesLow, node, ~low) == low && columns.Get<uint32_t>(Column::kInodesHigh, node, ~high) == high &&
        columns.Get<uint32_t>(Column::kNodeMounts, node, ~mount) == mount &&
        columns.Get<uint32_t>(Column::kBirthNanoseconds, node, ~file.btimensec) == file.btimensec &&
        columns.Get<uint32_t>(Column::kBirths, node, 0) == static_cast<uint32_t>(file.btime)) {
      return node;
    }
  }
  return 0;
}
}  // namespace

bool Shortcuts::GetAttributes(const Message& message, Reply& reply) {
  const auto& in = message.arguments<fuse_getattr_in>();
  const uint32_t node = Node(message.in().nodeid);
  if (!node || Changing(node)) return false;
  const int fd = in.getattr_flags & FUSE_GETATTR_FH ? DataFd(in.fh, node) : NodeFd(node);
  auto& out = message.body<fuse_attr_out>();
  if (fd < 0 || HostAttributes(fd, out.attr) < 0) return false;
  out.attr_valid = Setting(kAttrSeconds);
  out.attr_valid_nsec = Setting(kAttrNanoseconds);
  out.dummy = 0;
  reply.inline_size += sizeof out;
  return true;
}

// The node with which to answer: a file on its directory's own mount that is known, be it for nobody refers to it any more, and
// that this session may hold. Else 0.
uint32_t Shortcuts::LookedUp(uint32_t parent, const HostIdentity& file) const {
  const uint32_t mount = columns_.Get<uint32_t>(Column::kNodeMounts, parent, ~0u);
  if (!columns_.Has<HostMount>(Column::kHostMounts, mount)) return 0;
  const HostMount& on = columns_.At<HostMount>(Column::kHostMounts, mount);
  if (on.id != file.mount || on.dev_major != file.dev_major || on.dev_minor != file.dev_minor) return 0;
  if (!on.handles || !(file.mask & STATX_BTIME)) return 0;
  const uint32_t node = Find(columns_, file, mount);
  if (!node || !columns_.Has<double>(Column::kLookups, node) || !columns_.Has<double>(Column::kHeld, 1)) return 0;
  const bool held = columns_.At<double>(Column::kLookups, node) > 0;
  if (!held && !(columns_.At<double>(Column::kHeld, 0) < columns_.At<double>(Column::kHeld, 1))) return 0;
  return columns_.Has<double>(Column::kLive, 0) && columns_.Has<double>(Column::kReferences, node) && columns_.Has<uint32_t>(Column::kGenerations, node) ? node : 0;
}

bool Shortcuts::Lookup(const Message& message, Reply& reply) {
  const uint32_t parent = Node(message.in().nodeid);
  const int dirfd = parent ? NodeFd(parent) : -1;
  const char* name = dirfd < 0 ? nullptr : EntryName(message);
  if (!name) return false;
  auto& out = message.body<fuse_entry_out>();
  auto& file = *reinterpret_cast<HostIdentity*>(message.reply + slot::kIdentity - slot::kReply);
  if (int error = HostAttributes(dirfd, name, out.attr, file)) {
    reinterpret_cast<fuse_out_header*>(message.reply)->error = error;
    return error == -ENOENT;
  }
  const uint32_t node = LookedUp(parent, file);
  message.found = node == 0;
  if (!node || Changing(node)) return false;
  HandOut(node, out);
  reply.inline_size += sizeof out;
  return true;
}

// Counts a look-up of the node; its attributes are in place.
void Shortcuts::HandOut(uint32_t node, fuse_entry_out& out) {
  if (columns_.At<double>(Column::kLookups, node)++ == 0) columns_.At<double>(Column::kHeld, 0)++;
  if (columns_.At<double>(Column::kReferences, node)++ == 0) columns_.At<double>(Column::kLive, 0)++;
  out.nodeid = node | uint64_t{columns_.At<uint32_t>(Column::kGenerations, node)} << 32;
  out.generation = 0;
  out.entry_valid = Setting(kEntrySeconds);
  out.entry_valid_nsec = Setting(kEntryNanoseconds);
  out.attr_valid = Setting(kAttrSeconds);
  out.attr_valid_nsec = Setting(kAttrNanoseconds);
}

Shortcuts::Listed Shortcuts::List(int dirfd, uint32_t parent, const uint8_t* records, uint32_t size, uint8_t* out, uint32_t room, HostIdentity& identity) {
  Listed listed = {0, 0, 0};
  if (!(Setting(kOpcodes) >> FUSE_LOOKUP & 1)) return listed;
  for (uint32_t at = 0; at + sizeof(Record) <= size;) {
    const Record& record = *reinterpret_cast<const Record*>(records + at);
    if (record.length < kRecordName || record.length > size - at) break;
    const char* name = reinterpret_cast<const char*>(records + at + kRecordName);
    const size_t length = strnlen(name, record.length - kRecordName);
    const size_t bytes = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + length);
    if (length > kNameMax || bytes > room - listed.bytes) break;
    auto* entry = reinterpret_cast<fuse_direntplus*>(out + listed.bytes);
    if (IsDots(name, length)) {
      entry->entry_out = {};
    } else {
      if (HostAttributes(dirfd, name, entry->entry_out.attr, identity)) break;
      const uint32_t node = LookedUp(parent, identity);
      if (!node || Changing(node)) {
        listed.found = 1;
        break;
      }
      HandOut(node, entry->entry_out);
    }
    entry->dirent.ino = record.ino;
    entry->dirent.off = record.off;
    entry->dirent.namelen = length;
    entry->dirent.type = record.type;
    memcpy(entry->dirent.name, name, length);
    memset(entry->dirent.name + length, 0, bytes - FUSE_NAME_OFFSET_DIRENTPLUS - length);
    listed.bytes += bytes;
    listed.last = at + 1;
    at += record.length;
  }
  return listed;
}

}  // namespace fusewire
