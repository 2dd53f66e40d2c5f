#include "async_work.h"

namespace fusewire {

namespace {

struct Job {
  std::function<int64_t()> work;
  napi_deferred deferred;
  napi_async_work handle;
  int64_t result;
};

void Execute(napi_env, void* data) {
  auto* job = static_cast<Job*>(data);
  job->result = job->work();
}

// Cancelled: the environment ends, nobody awaits the promise any more.
void Complete(napi_env env, napi_status status, void* data) {
  auto* job = static_cast<Job*>(data);
  napi_value result;
  if (status != napi_cancelled && napi_create_int64(env, job->result, &result) == napi_ok) {
    napi_resolve_deferred(env, job->deferred, result);
  }
  napi_delete_async_work(env, job->handle);
  delete job;
}

}  // namespace

napi_value RunAsync(napi_env env, std::function<int64_t()> work) {
  auto* job = new Job{std::move(work), nullptr, nullptr, 0};
  napi_value promise, name;
  napi_create_promise(env, &job->deferred, &promise);
  napi_create_string_utf8(env, "fusewire", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, job, &job->handle);
  napi_queue_async_work(env, job->handle);
  return promise;
}

}  // namespace fusewire
