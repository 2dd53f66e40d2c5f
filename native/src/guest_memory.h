#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "memory_guard.h"
#include "segments.h"

namespace fusewire {

// One mmap(2) of a file of guest memory, unmapped with its last reference.
class Mapping {
 public:
  // `offset` need not be page-aligned. Returns nullptr and sets `error` to a negative errno; -EFBIG: beyond the file's end;
  // -ENODEV: no regular file, or one whose pages another process could keep us waiting for. `loss` is set when the file
  // turns out to have been cut short.
  static std::shared_ptr<Mapping> Map(int fd, uint64_t offset, uint64_t size, std::shared_ptr<Loss> loss, int* error);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  uint8_t* data() const { return start_ + skip_; }

 private:
  Mapping(uint8_t* start, size_t length, size_t skip, std::unique_ptr<MemoryGuard> guard)
      : start_(start), length_(length), skip_(skip), guard_(std::move(guard)) {}
  uint8_t* start_;
  size_t length_;
  size_t skip_;
  std::unique_ptr<MemoryGuard> guard_;
};

class DirtyLog;

struct Region {
  uint64_t guest;
  uint64_t size;
  uint64_t user;
  std::shared_ptr<const Mapping> mapping;
};

// An immutable set of regions, sorted by guest address, not overlapping. A change of guest memory makes a new table; the
// old one lives while a ring or a request in flight points into it. Counted without atomics: one thread.
class MemoryTable {
 public:
  explicit MemoryTable(std::vector<Region> regions) : regions_(std::move(regions)) {}
  const std::vector<Region>& regions() const { return regions_; }

  // Adds the host memory of guest [address, address + length), in as many pieces as it lies in adjacent regions. False
  // when a byte of it is in no region; `pieces` may hold a part of it then.
  bool AddGuest(uint64_t address, uint64_t length, Segments& pieces) const;
  // The host address of a range that lies in one region, nullptr when it does not.
  uint8_t* FromGuest(uint64_t address, uint64_t length) const;
  uint8_t* FromUser(uint64_t address, uint64_t length) const;
  // Marks host memory of this table as written to.
  void Mark(DirtyLog& log, const void* host, uint64_t length) const;

 private:
  friend class MemoryTableRef;
  const Region* Find(uint64_t address) const;
  std::vector<Region> regions_;
  mutable size_t last_ = 0;
  uint32_t references_ = 0;
};

class MemoryTableRef {
 public:
  MemoryTableRef() = default;
  explicit MemoryTableRef(MemoryTable* table) : table_(table) { ++table_->references_; }
  MemoryTableRef(const MemoryTableRef& other) : table_(other.table_) {
    if (table_) ++table_->references_;
  }
  MemoryTableRef& operator=(const MemoryTableRef& other) {
    if (table_ == other.table_) return *this;
    Release();
    table_ = other.table_;
    if (table_) ++table_->references_;
    return *this;
  }
  ~MemoryTableRef() { Release(); }
  void Release() {
    if (table_ && --table_->references_ == 0) delete table_;
    table_ = nullptr;
  }
  const MemoryTable* operator->() const { return table_; }
  const MemoryTable* get() const { return table_; }

 private:
  MemoryTable* table_ = nullptr;
};

// The guest memory of one front-end: the table in force. A change is all or nothing and returns 0 or a negative errno;
// rings see it when they are remapped.
class GuestMemory {
 public:
  // Bytes of all regions together: more would leave other guests without address space.
  static constexpr uint64_t kMostBytes = uint64_t{1} << 42;
  GuestMemory();
  ~GuestMemory();
  const MemoryTableRef& current() const { return current_; }
  // Maps `size` bytes of the file from `offset` on; -EEXIST when they overlap another region in guest memory.
  int Add(int fd, uint64_t guest, uint64_t size, uint64_t user, uint64_t offset);
  // The region with exactly these addresses; -ENOENT when there is none.
  int Remove(uint64_t guest, uint64_t size, uint64_t user);
  void Clear();
  // Keeps a log of what is written in a part of the file, in place of an earlier one. 0 or -errno, as Mapping::Map.
  int SetLog(int fd, uint64_t offset, uint64_t size);
  void EnableLog(bool enabled) { logging_ = enabled; }
  // nullptr: nobody wants to know.
  DirtyLog* log() const { return logging_ ? log_.get() : nullptr; }
  // A page of it was gone when it was touched: the front-end cut a file short. What is read there since is zeros, and no
  // ring in this memory is to be believed any more.
  bool lost() const { return lost_->load(std::memory_order_relaxed); }

 private:
  int Publish(std::vector<Region> regions);
  MemoryTableRef current_;
  std::unique_ptr<DirtyLog> log_;
  bool logging_ = false;
  std::shared_ptr<Loss> lost_ = std::make_shared<Loss>(false);
};

}  // namespace fusewire
