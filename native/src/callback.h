#pragma once
#include <node_api.h>

#include <cstdint>

namespace fusewire {

// Calls a JavaScript function from the event loop, with one number. An exception of it is an uncaught one, as in any other
// callback of the loop.
inline void CallBack(napi_env env, napi_ref function, int32_t argument) {
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value callback, receiver, value;
  napi_get_reference_value(env, function, &callback);
  napi_get_global(env, &receiver);
  napi_create_int32(env, argument, &value);
  if (napi_make_callback(env, nullptr, receiver, callback, 1, &value, nullptr) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

}  // namespace fusewire
