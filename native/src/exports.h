#pragma once
#include "instance.h"

// One function per area; each adds its functions to the module.
namespace fusewire {

void ExportChannel(napi_env env, napi_value exports, Instance* instance);
void ExportConfine(napi_env env, napi_value exports, Instance* instance);
void ExportDoorbells(napi_env env, napi_value exports, Instance* instance);
void ExportFd(napi_env env, napi_value exports, Instance* instance);
void ExportFuse(napi_env env, napi_value exports, Instance* instance);
void ExportGuestMemory(napi_env env, napi_value exports, Instance* instance);
void ExportIsolate(napi_env env, napi_value exports, Instance* instance);
void ExportLoopback(napi_env env, napi_value exports, Instance* instance);
void ExportMount(napi_env env, napi_value exports, Instance* instance);
void ExportSocket(napi_env env, napi_value exports, Instance* instance);
void ExportVirtqueue(napi_env env, napi_value exports, Instance* instance);
void ExportWatch(napi_env env, napi_value exports, Instance* instance);

}  // namespace fusewire
