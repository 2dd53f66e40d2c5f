#include "guest_memory.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "dirty_log.h"

namespace fusewire {

namespace {
// A page of a FUSE or NFS file may be a long time coming, or never come: the whole process would wait for it.
bool Waits(int fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) < 0 || fs.f_type == FUSE_SUPER_MAGIC || fs.f_type == NFS_SUPER_MAGIC;
}

// mmap(2) wants offset and length in multiples of the file's page size, which on hugetlbfs is the huge one.
uint64_t PageSize(int fd) {
  struct statfs fs;
  if (fstatfs(fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC) return fs.f_bsize;
  return sysconf(_SC_PAGESIZE);
}
}  // namespace

std::shared_ptr<Mapping> Mapping::Map(int fd, uint64_t offset, uint64_t size, std::shared_ptr<Loss> loss, int* error) {
  struct stat file;
  if (fstat(fd, &file) < 0) {
    *error = -errno;
    return nullptr;
  }
  if (!S_ISREG(file.st_mode) || Waits(fd)) {
    *error = -ENODEV;
    return nullptr;
  }
  if (size == 0 || offset + size < size || offset + size > static_cast<uint64_t>(file.st_size)) {
    *error = size == 0 ? -EINVAL : -EFBIG;
    return nullptr;
  }
  const uint64_t page = PageSize(fd);
  const uint64_t skip = offset % page;
  const uint64_t length = (skip + size + page - 1) / page * page;
  void* start = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, static_cast<off_t>(offset - skip));
  if (start == MAP_FAILED) {
    *error = -errno;
    return nullptr;
  }
  auto guard = MemoryGuard::Set(start, length, std::move(loss));
  if (!guard) {
    munmap(start, length);
    *error = -ENOMEM;
    return nullptr;
  }
  madvise(start, length, MADV_DONTDUMP);
  return std::shared_ptr<Mapping>(new Mapping(static_cast<uint8_t*>(start), length, skip, std::move(guard)));
}

Mapping::~Mapping() {
  guard_.reset();
  munmap(start_, length_);
}

const Region* MemoryTable::Find(uint64_t address) const {
  if (last_ < regions_.size() && address - regions_[last_].guest < regions_[last_].size) return &regions_[last_];
  auto after = std::upper_bound(regions_.begin(), regions_.end(), address,
                                [](uint64_t value, const Region& region) { return value < region.guest; });
  if (after == regions_.begin()) return nullptr;
  const Region& region = *--after;
  if (address - region.guest >= region.size) return nullptr;
  last_ = static_cast<size_t>(after - regions_.begin());
  return &region;
}

bool MemoryTable::AddGuest(uint64_t address, uint64_t length, Segments& pieces) const {
  while (length > 0) {
    const Region* region = Find(address);
    if (!region) return false;
    const uint64_t skip = address - region->guest;
    const uint64_t piece = std::min(length, region->size - skip);
    pieces.Add(region->mapping->data() + skip, piece);
    address += piece;
    length -= piece;
  }
  return true;
}

uint8_t* MemoryTable::FromGuest(uint64_t address, uint64_t length) const {
  const Region* region = Find(address);
  if (!region || length > region->size - (address - region->guest)) return nullptr;
  return region->mapping->data() + (address - region->guest);
}

uint8_t* MemoryTable::FromUser(uint64_t address, uint64_t length) const {
  for (const Region& region : regions_) {
    const uint64_t skip = address - region.user;
    if (skip < region.size && length <= region.size - skip) return region.mapping->data() + skip;
  }
  return nullptr;
}

void MemoryTable::Mark(DirtyLog& log, const void* host, uint64_t length) const {
  const auto* at = static_cast<const uint8_t*>(host);
  for (const Region& region : regions_) {
    const auto skip = static_cast<uint64_t>(at - region.mapping->data());
    // A piece may reach into the next region only where both are adjacent for the guest, and then it is two pieces.
    if (at >= region.mapping->data() && skip < region.size) return log.Mark(region.guest + skip, std::min(length, region.size - skip));
  }
}

GuestMemory::GuestMemory() : current_(new MemoryTable({})) {}
GuestMemory::~GuestMemory() = default;

int GuestMemory::SetLog(int fd, uint64_t offset, uint64_t size) {
  int error = 0;
  auto log = DirtyLog::Map(fd, offset, size, &error);
  if (!log) return error;
  log_ = std::move(log);
  return 0;
}

int GuestMemory::Add(int fd, uint64_t guest, uint64_t size, uint64_t user, uint64_t offset) {
  if (guest + size < guest || user + size < user) return -EINVAL;
  std::vector<Region> regions = current_->regions();
  uint64_t total = size;
  for (const Region& region : regions) total += region.size;
  if (size > kMostBytes || total > kMostBytes) return -ENOMEM;
  int error = 0;
  auto mapping = Mapping::Map(fd, offset, size, lost_, &error);
  if (!mapping) return error;
  regions.push_back({guest, size, user, std::move(mapping)});
  return Publish(std::move(regions));
}

int GuestMemory::Remove(uint64_t guest, uint64_t size, uint64_t user) {
  std::vector<Region> regions = current_->regions();
  auto found = std::find_if(regions.begin(), regions.end(), [=](const Region& region) {
    return region.guest == guest && region.size == size && region.user == user;
  });
  if (found == regions.end()) return -ENOENT;
  regions.erase(found);
  return Publish(std::move(regions));
}

void GuestMemory::Clear() {
  Publish({});
  lost_ = std::make_shared<Loss>(false);
}

int GuestMemory::Publish(std::vector<Region> regions) {
  std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) { return a.guest < b.guest; });
  for (size_t i = 1; i < regions.size(); i++) {
    if (regions[i].guest - regions[i - 1].guest < regions[i - 1].size) return -EEXIST;
  }
  current_ = MemoryTableRef(new MemoryTable(std::move(regions)));
  return 0;
}

}  // namespace fusewire
