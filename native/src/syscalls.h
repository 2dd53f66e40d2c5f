#pragma once
#include <cerrno>
#include <charconv>
#include <cstring>

#include "args.h"

// System calls that Node lacks, or that need an fd instead of a path. Every one returns >= 0 or a negative errno.
namespace fusewire::sys {

using Call = Args<6>;

void ExportAsync(napi_env env, napi_value exports, Instance* instance);
void ExportAttributes(napi_env env, napi_value exports, Instance* instance);
void ExportCredentials(napi_env env, napi_value exports, Instance* instance);
void ExportDirectory(napi_env env, napi_value exports, Instance* instance);
void ExportEntries(napi_env env, napi_value exports, Instance* instance);
void ExportFiles(napi_env env, napi_value exports, Instance* instance);
void ExportHandles(napi_env env, napi_value exports, Instance* instance);
void ExportIoctl(napi_env env, napi_value exports, Instance* instance);
void ExportLocks(napi_env env, napi_value exports, Instance* instance);
void ExportOpen(napi_env env, napi_value exports, Instance* instance);
void ExportXattr(napi_env env, napi_value exports, Instance* instance);

inline void ExportSyscalls(napi_env env, napi_value exports, Instance* instance) {
  for (auto add : {ExportAsync, ExportAttributes, ExportCredentials, ExportDirectory, ExportEntries, ExportFiles, ExportHandles,
                   ExportIoctl, ExportLocks, ExportOpen, ExportXattr}) {
    add(env, exports, instance);
  }
}

template <int64_t (*F)(const Call&)>
napi_value Entry(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return Number64(env, F(call));
}

template <int64_t (*F)(const Call&)>
void Add(napi_env env, napi_value exports, Instance* instance, const char* name) {
  Export(env, exports, instance, name, Entry<F>);
}

// The libc convention (-1 and errno) as the addon's.
inline int64_t Result(int64_t result) { return result < 0 ? -errno : result; }

// `length` bytes of the slab at argument i, or null when they do not lie in it. Offset 0 is never given out: it means "none".
inline uint8_t* Buffer(const Call& call, size_t i, uint32_t length) {
  uint32_t offset = call.U32(i);
  return offset && call.instance->InSlab(offset, length) ? call.instance->slab + offset : nullptr;
}

// The NUL-terminated string in the slab at argument i, at most PATH_MAX bytes; null when it has no end.
inline const char* Text(const Call& call, size_t i) {
  uint32_t offset = call.U32(i);
  if (!offset || offset >= Instance::kSlabSize) return nullptr;
  const char* text = reinterpret_cast<const char*>(call.instance->slab + offset);
  size_t limit = std::min<size_t>(4097, Instance::kSlabSize - offset);
  return strnlen(text, limit) < limit ? text : nullptr;
}

// A name as an entry in a directory: one path component, neither empty nor "." nor "..". Null otherwise, so that no
// name whatever leads out of the directory it is used on.
inline const char* Component(const Call& call, size_t i) {
  const char* name = Text(call, i);
  if (!name || !*name || strchr(name, '/')) return nullptr;
  return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])) ? nullptr : name;
}

// The name of an fd in /proc, which even an O_PATH fd has. `Number` is relative to Instance::procFd, and so is `Path` where
// that is the working directory since there is no /proc below the root.
class FdName {
 public:
  explicit FdName(int32_t fd) { *std::to_chars(text_ + kPrefix, text_ + sizeof text_ - 1, fd).ptr = 0; }
  const char* Path() const { return relative ? Number() : text_; }
  const char* Number() const { return text_ + kPrefix; }
  static inline bool relative = false;

 private:
  static constexpr size_t kPrefix = 14;
  char text_[32] = "/proc/self/fd/";
};

}  // namespace fusewire::sys
