#include "watch.h"

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

// An exception of the callback is an uncaught one, as in any other callback of the loop.
void Watch::OnEvents(uv_poll_t* handle, int status, int events) {
  napi_env env = static_cast<Watch*>(handle->data)->env_;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value callback, receiver, seen;
  napi_get_reference_value(env, static_cast<Watch*>(handle->data)->callback_, &callback);
  napi_get_global(env, &receiver);
  napi_create_int32(env, status < 0 ? status : events, &seen);
  if (napi_make_callback(env, nullptr, receiver, callback, 1, &seen, nullptr) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

}  // namespace fusewire
