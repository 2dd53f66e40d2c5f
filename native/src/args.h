#pragma once
#include <node_api.h>

#include <cstring>

#include "instance.h"

namespace fusewire {

struct Bytes {
  uint8_t* data;
  size_t length;
};

struct Array {
  void* data;
  size_t bytes;
};

struct Ints {
  int32_t* data;
  size_t length;
};

// The numeric arguments of one call, read without allocation. A missing or non-numeric argument reads as 0, so callers
// check every value that names memory or an index.
template <size_t N>
class Args {
 public:
  Args(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = N;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values_, nullptr, &data);
    instance = static_cast<Instance*>(data);
  }
  int32_t I32(size_t i) const {
    int32_t value = 0;
    napi_get_value_int32(env_, values_[i], &value);
    return value;
  }
  uint32_t U32(size_t i) const {
    uint32_t value = 0;
    napi_get_value_uint32(env_, values_[i], &value);
    return value;
  }
  // 64-bit quantities travel as JavaScript numbers, exact to 2^53.
  int64_t I64(size_t i) const {
    int64_t value = 0;
    napi_get_value_int64(env_, values_[i], &value);
    return value;
  }
  // A Uint8Array; null data for anything else. Valid until the call returns to JavaScript.
  Bytes ByteArray(size_t i) const {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, values_[i], &type, &length, &data, nullptr, nullptr) != napi_ok) return {nullptr, 0};
    return type == napi_uint8_array ? Bytes{static_cast<uint8_t*>(data), length} : Bytes{nullptr, 0};
  }
  // A typed array of 8-, 32- or 64-bit elements; empty for anything else. Its memory does not move.
  Array TypedArray(size_t i) const {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, values_[i], &type, &length, &data, nullptr, nullptr) != napi_ok) return {nullptr, 0};
    switch (type) {
      case napi_uint8_array: return {data, length};
      case napi_uint32_array:
      case napi_int32_array: return {data, length * 4};
      case napi_float64_array: return {data, length * 8};
      default: return {nullptr, 0};
    }
  }
  // An Int32Array; empty for anything else. Valid until the call returns to JavaScript.
  Ints IntArray(size_t i) const {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, values_[i], &type, &length, &data, nullptr, nullptr) != napi_ok) return {nullptr, 0};
    return type == napi_int32_array ? Ints{static_cast<int32_t*>(data), length} : Ints{nullptr, 0};
  }
  // A string as UTF-8 with its NUL; false when it is none, does not fit or has a NUL inside.
  template <size_t Size>
  bool Text(size_t i, char (&text)[Size]) const {
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &length) != napi_ok || length >= Size) return false;
    napi_get_value_string_utf8(env_, values_[i], text, Size, &length);
    return strlen(text) == length;
  }
  napi_value Raw(size_t i) const { return values_[i]; }

  Instance* instance;

 private:
  napi_env env_;
  napi_value values_[N];
};

inline napi_value Number(napi_env env, int32_t value) {
  napi_value result;
  napi_create_int32(env, value, &result);
  return result;
}

// A small number needs no memory in V8.
inline napi_value Number64(napi_env env, int64_t value) {
  if (value == static_cast<int32_t>(value)) return Number(env, static_cast<int32_t>(value));
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

// Adds one function to the module. Functions get their Instance as callback data: no look-up per call.
inline void Export(napi_env env, napi_value exports, Instance* instance, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, instance, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace fusewire
