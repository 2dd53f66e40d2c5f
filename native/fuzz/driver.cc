// Runs the target where there is no libFuzzer: inputs are mutated, and kept when they reach code that none has reached
// before (g++ -fsanitize-coverage=trace-pc). Takes -max_total_time=N, -seed=N and a directory with a corpus, as libFuzzer does.
#include <dirent.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {
using Bytes = std::vector<uint8_t>;
constexpr size_t kMapSize = 1 << 16;
constexpr size_t kMost = 1024;
constexpr unsigned kHang = 20;  // seconds
uint8_t reached[kMapSize];
uint64_t fresh = 0;
Bytes current;

// The input is what a bug report needs; async-signal-safe.
void Tell(int signal) {
  static const char kDigits[] = "0123456789abcdef";
  if (write(2, "\ninput: ", 8) < 0) return;
  for (uint8_t byte : current) {
    const char pair[2] = {kDigits[byte >> 4], kDigits[byte & 15]};
    if (write(2, pair, 2) < 0) return;
  }
  if (write(2, "\n", 1) < 0) return;
  if (signal == SIGALRM && write(2, "it hangs\n", 9) < 0) return;
  _exit(77);
}

Bytes Mutate(const std::vector<Bytes>& corpus, std::mt19937_64& random) {
  Bytes bytes = corpus[random() % corpus.size()];
  for (size_t n = 1 + random() % 6; n > 0; n--) {
    const size_t at = bytes.empty() ? 0 : random() % bytes.size();
    switch (bytes.empty() ? 1 : random() % 6) {
      case 0: bytes[at] = static_cast<uint8_t>(random()); break;
      case 1: bytes.insert(bytes.begin() + at, 1 + random() % 16, static_cast<uint8_t>(random())); break;
      case 2: bytes.erase(bytes.begin() + at, bytes.begin() + at + 1 + random() % (bytes.size() - at)); break;
      case 3: bytes[at] ^= 1 << random() % 8; break;
      case 4: for (size_t i = at; i < bytes.size() && i < at + 8; i++) bytes[i] = static_cast<uint8_t>(random()); break;
      default: {
        const Bytes& other = corpus[random() % corpus.size()];
        const size_t from = other.empty() ? 0 : random() % other.size();
        bytes.resize(at);
        bytes.insert(bytes.end(), other.begin() + from, other.end());
      }
    }
    if (bytes.size() > kMost) bytes.resize(kMost);
  }
  return bytes;
}

void Load(const char* name, std::vector<Bytes>& corpus) {
  DIR* directory = opendir(name);
  if (!directory) return;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(std::string(name) + "/" + entry->d_name, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  closedir(directory);
}

bool Run(const Bytes& bytes) {
  current = bytes;
  fresh = 0;
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return fresh > 0;
}
}  // namespace

extern "C" __attribute__((no_sanitize_coverage)) void __sanitizer_cov_trace_pc() {
  uint8_t& place = reached[(reinterpret_cast<uintptr_t>(__builtin_return_address(0)) * 0x9e3779b97f4a7c15u) >> 48];
  if (!place) fresh++;
  place = 1;
}

int main(int argc, char** argv) {
  uint64_t seconds = 60, seed = 1;
  std::vector<Bytes> corpus = {{}};
  for (int i = 1; i < argc; i++) {
    if (sscanf(argv[i], "-max_total_time=%lu", &seconds) == 1 || sscanf(argv[i], "-seed=%lu", &seed) == 1) continue;
    if (argv[i][0] != '-') Load(argv[i], corpus);
  }
  for (int signal : {SIGABRT, SIGALRM}) std::signal(signal, Tell);
  std::mt19937_64 random(seed);
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  uint64_t executions = 0;
  for (const Bytes& bytes : corpus) {
    Run(bytes);
    executions++;
  }
  while (Clock::now() < end) {
    alarm(kHang);
    for (int i = 0; i < 256; i++, executions++) {
      Bytes bytes = Mutate(corpus, random);
      if (Run(bytes)) corpus.push_back(std::move(bytes));
    }
  }
  size_t places = 0;
  for (uint8_t place : reached) places += place;
  fprintf(stderr, "stat::number_of_executed_units: %lu\ncorpus %zu, places reached %zu\n", executions, corpus.size(), places);
  return 0;
}
