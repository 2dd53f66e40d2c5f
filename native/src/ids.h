#pragma once
#include <stddef.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace fusewire {

// Puts a pointer into the first free place of a table; JavaScript knows the object by the place's number.
template <typename Pointer>
int32_t Place(std::vector<Pointer>& table, Pointer pointer) {
  for (size_t id = 0; id < table.size(); id++) {
    if (table[id]) continue;
    table[id] = std::move(pointer);
    return id;
  }
  table.push_back(std::move(pointer));
  return table.size() - 1;
}

// What stands at `id`, null when nothing does.
template <typename Pointer>
auto* Find(const std::vector<Pointer>& table, uint32_t id) {
  return id < table.size() ? table[id].get() : nullptr;
}

}  // namespace fusewire
