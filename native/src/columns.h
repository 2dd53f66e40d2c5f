#pragma once
#include <cstddef>
#include <cstdint>

namespace fusewire {

// Mirror of `Column` in core/channel/columns.ts.
enum class Column : uint32_t {
  kParameters,
  kRequests,
  kLookups,
  kHandleKinds,
  kHandleNodes,
  kHandleGenerations,
  kHandleData,
  kChanging,
  kGenerations,
  kReferences,
  kNodeFds,
  kHostMounts,
  kNodeMounts,
  kInodesLow,
  kInodesHigh,
  kBirths,
  kBirthNanoseconds,
  kPlaces,
  kErrors,
  kBytes,
  kHeld,
  kLive,
  kCount,
};

// Mirror of `Parameter`.
enum Parameter : uint32_t { kOpcodes, kEntrySeconds, kEntryNanoseconds, kAttrSeconds, kAttrNanoseconds };

// Arrays of TypeScript's, which replaces them before it lets go of them. A missing one has no elements.
class Columns {
 public:
  void Set(Column column, void* data, size_t bytes) { columns_[static_cast<size_t>(column)] = {data, bytes}; }

  template <typename T>
  size_t Length(Column column) const {
    return columns_[static_cast<size_t>(column)].bytes / sizeof(T);
  }
  template <typename T>
  bool Has(Column column, size_t index) const {
    return index < Length<T>(column);
  }
  // The element, which must exist.
  template <typename T>
  T& At(Column column, size_t index) const {
    return static_cast<T*>(columns_[static_cast<size_t>(column)].data)[index];
  }
  // The element, or `absent`.
  template <typename T>
  T Get(Column column, size_t index, T absent) const {
    return Has<T>(column, index) ? At<T>(column, index) : absent;
  }

 private:
  struct Array {
    void* data = nullptr;
    size_t bytes = 0;
  };
  Array columns_[static_cast<size_t>(Column::kCount)];
};

}  // namespace fusewire
