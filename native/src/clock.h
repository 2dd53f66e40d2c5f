#pragma once
#include <time.h>

#include <cstdint>

namespace fusewire {

// CLOCK_MONOTONIC in microseconds.
inline int64_t Microseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

}  // namespace fusewire
