#include "watch.h"

#include "callback.h"

namespace fusewire {

Watch* Watch::Open(napi_env env, int fd, int events, napi_value callback, int* error) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  Watch* watch = new Watch(env);
  *error = uv_poll_init(loop, &watch->handle_, fd);
  if (*error) {
    delete watch;
    return nullptr;
  }
  watch->handle_.data = watch;
  napi_create_reference(env, callback, 1, &watch->callback_);
  *error = watch->Listen(events);
  if (!*error) return watch;
  watch->Close();
  return nullptr;
}

int Watch::Listen(int events) { return events ? uv_poll_start(&handle_, events, OnEvents) : uv_poll_stop(&handle_); }

void Watch::SetRef(bool ref) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&handle_);
  if (ref) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void Watch::Close(Closed closed, void* data) {
  napi_delete_reference(env_, callback_);
  closed_ = closed;
  closed_data_ = data;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    auto* watch = static_cast<Watch*>(handle->data);
    if (watch->closed_) watch->closed_(watch->closed_data_);
    delete watch;
  });
}

void Watch::OnEvents(uv_poll_t* handle, int status, int events) {
  auto* watch = static_cast<Watch*>(handle->data);
  CallBack(watch->env_, watch->callback_, status < 0 ? status : events);
}

}  // namespace fusewire
