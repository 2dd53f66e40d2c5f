#include <fcntl.h>

#include "syscalls.h"

namespace fusewire::sys {
namespace {

// struct file_handle in the slab: u32 bytes, s32 type, then the opaque bytes.
constexpr uint32_t kHandleHeader = sizeof(file_handle);

int64_t NameToHandle(const Call& call) {
  const char* name = call.U32(1) ? Component(call, 1) : "";
  uint8_t* out = Buffer(call, 2, kHandleHeader + MAX_HANDLE_SZ);
  if (!name || !out) return -EINVAL;
  alignas(file_handle) uint8_t memory[kHandleHeader + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(memory);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(call.I32(0), name, handle, &mount, *name ? 0 : AT_EMPTY_PATH) < 0) return -errno;
  memcpy(out, memory, kHandleHeader + handle->handle_bytes);
  return mount;
}

int64_t OpenByHandle(const Call& call) {
  const uint8_t* header = Buffer(call, 1, kHandleHeader);
  if (!header) return -EINVAL;
  uint32_t bytes;
  memcpy(&bytes, header, sizeof bytes);
  if (bytes > MAX_HANDLE_SZ || !Buffer(call, 1, kHandleHeader + bytes)) return -EINVAL;
  alignas(file_handle) uint8_t memory[kHandleHeader + MAX_HANDLE_SZ];
  memcpy(memory, header, kHandleHeader + bytes);
  // The copied length may have changed since it was checked; what counts is the checked one.
  memcpy(memory, &bytes, sizeof bytes);
  return Result(open_by_handle_at(call.I32(0), reinterpret_cast<file_handle*>(memory), call.I32(2) | O_CLOEXEC));
}

}  // namespace

void ExportHandles(napi_env env, napi_value exports, Instance* instance) {
  Add<NameToHandle>(env, exports, instance, "nameToHandle");
  Add<OpenByHandle>(env, exports, instance, "openByHandle");
}

}  // namespace fusewire::sys
