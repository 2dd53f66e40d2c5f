#pragma once
#include <linux/fuse.h>

#include <vector>

#include "columns.h"
#include "host_attr.h"
#include "segments.h"

namespace fusewire {

// Answers requests that need no decision, by what TypeScript keeps in columns: READ and WRITE of handles with a data fd,
// GETATTR and LOOKUP of files of the host. Whatever is not plain (an unknown id, an odd flag, a length that lies, another
// error than ENOENT) is declined and goes to the session, whose answer is the only one there is to such a request.
class Shortcuts {
 public:
  // A request as it stands in its slot. `inline_size` bytes of `size` are at `header`; `reply` has room for any body.
  struct Message {
    const uint8_t* header;
    uint32_t size;
    uint32_t inline_size;
    uint8_t* reply;
    // Slot.found
    uint32_t& found;
    const Segments& readable;
    const Segments& writable;

    const fuse_in_header& in() const { return *reinterpret_cast<const fuse_in_header*>(header); }
    template <typename T>
    const T& arguments() const {
      return *reinterpret_cast<const T*>(header + sizeof(fuse_in_header));
    }
    template <typename T>
    T& body() const {
      return *reinterpret_cast<T*>(reply + sizeof(fuse_out_header));
    }
  };
  // What Channel::Finish takes.
  struct Reply {
    uint32_t inline_size;
    uint32_t payload;
  };

  // What List did: the offset of the last record that it added, plus one, 0 for none; the bytes that it added; whether the
  // next one's attributes and identity are in place.
  struct Listed {
    uint32_t last;
    uint32_t bytes;
    uint32_t found;
  };

  void Set(Column column, void* data, size_t bytes) { columns_.Set(column, data, bytes); }
  // True when the request is answered: `reply` says how.
  bool Answer(const Message& message, Reply& reply);
  // Adds entries to a reply of READDIRPLUS, from records (getdents64(2)) of the directory that `parent` shows. Stops at the first
  // one that needs a decision.
  Listed List(int dirfd, uint32_t parent, const uint8_t* records, uint32_t size, uint8_t* out, uint32_t room, HostIdentity& identity);

 private:
  bool Read(const Message& message, Reply& reply);
  bool Write(const Message& message, Reply& reply);
  bool GetAttributes(const Message& message, Reply& reply);
  bool Lookup(const Message& message, Reply& reply);
  uint32_t LookedUp(uint32_t parent, const HostIdentity& file) const;
  void HandOut(uint32_t node, fuse_entry_out& out);

  void Count(const fuse_in_header& in, const fuse_out_header& out);
  uint32_t Setting(Parameter parameter) const { return columns_.Get<uint32_t>(Column::kParameters, parameter, 0); }
  // The node with this id, when the session knows it; else 0.
  uint32_t Node(uint64_t id) const;
  // The data fd of a file's handle, else -1.
  int DataFd(uint64_t handle, uint32_t node) const;
  int NodeFd(uint32_t node) const { return columns_.Get<int32_t>(Column::kNodeFds, node, -1); }
  bool Changing(uint32_t node) const { return columns_.Get<uint8_t>(Column::kChanging, node, 0) != 0; }

  Columns columns_;
  std::vector<iovec> clip_;
};

}  // namespace fusewire
