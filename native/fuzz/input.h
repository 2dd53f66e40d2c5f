#pragma once
#include <cstddef>
#include <cstdint>

namespace fusewire::fuzz {

// A fuzzer's bytes, read as choices; zeros when they have run out.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), end_(data + size) {}
  bool empty() const { return data_ == end_; }
  uint8_t Byte() { return empty() ? 0 : *data_++; }
  uint32_t Below(uint32_t limit) { return Byte() % limit; }
  uint16_t Short() { return static_cast<uint16_t>(Byte() | Byte() << 8); }
  uint64_t Long() {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | Byte();
    return value;
  }
  // Mostly what is near a limit.
  uint64_t Number() {
    static constexpr uint64_t kEdges[] = {0, 1, 2, 15, 16, 17, 39, 40, 41, 64, 80, 255, 256, 4095, 4096, 0xffff, 0x1'0000, 0x7fff'ffff,
                                          0x8000'0000, 0xffff'fff0, 0xffff'ffff, 0x1'0000'0000, (uint64_t{1} << 53) - 1,
                                          uint64_t{1} << 53, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{15}};
    const uint8_t kind = Byte();
    if (kind < 128) return kind;
    if (kind < 192) return kEdges[kind % (sizeof kEdges / sizeof *kEdges)];
    return kind < 250 ? Short() : Long();
  }

 private:
  const uint8_t* data_;
  const uint8_t* end_;
};

}  // namespace fusewire::fuzz
