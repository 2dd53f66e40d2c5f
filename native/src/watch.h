#pragma once
#include <uv.h>

#include "instance.h"

namespace fusewire {

// A poll handle of the loop that calls a JavaScript function with the events seen. Deletes itself once the loop has let
// go of the handle; until then it needs no Instance, which may be gone by then.
class Watch {
 public:
  // `closed` is told, if given, when the handle is gone.
  using Closed = void (*)(void* data);

  // A new watch, or null and a negative errno in `error`.
  static Watch* Open(napi_env env, int fd, int events, napi_value callback, int* error);
  // No callback comes after it; legal inside the callback.
  void Close(Closed closed = nullptr, void* data = nullptr);
  // Changes the events watched, 0: none; 0 or -errno.
  int Listen(int events);
  void SetRef(bool ref);

 private:
  explicit Watch(napi_env env) : env_(env) {}
  static void OnEvents(uv_poll_t* handle, int status, int events);

  uv_poll_t handle_;
  napi_env env_;
  napi_ref callback_ = nullptr;
  Closed closed_ = nullptr;
  void* closed_data_ = nullptr;
};

}  // namespace fusewire
