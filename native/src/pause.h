#pragma once

namespace fusewire {

// Tells the processor that this is a busy wait.
inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace fusewire
