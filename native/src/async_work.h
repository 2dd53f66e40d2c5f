#pragma once
#include <node_api.h>

#include <functional>

namespace fusewire {

// Runs `work` on a thread of the pool; a promise of the number it returns, >= 0 or -errno. It is never rejected.
napi_value RunAsync(napi_env env, std::function<int64_t()> work);

}  // namespace fusewire
