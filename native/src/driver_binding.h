#pragma once
#include "instance.h"

namespace fusewire {

// The functions of native/driver-queue.ts.
void ExportDriver(napi_env env, napi_value exports, Instance* instance);
// The functions of native/driver-bench.ts.
void ExportDriverBench(napi_env env, napi_value exports, Instance* instance);

}  // namespace fusewire
