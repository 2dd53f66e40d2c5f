#include "doorbells.h"

#include <errno.h>
#include <sys/epoll.h>

#include <utility>

#include "callback.h"
#include "channel.h"

namespace fusewire {

namespace {
constexpr uint32_t kLoop = UINT32_MAX;
constexpr int kMost = 32;  // events taken at once
}  // namespace

int Doorbells::Start(Instance& instance) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(instance.env, &loop);
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  epoll_event event = {EPOLLIN, {.u32 = kLoop}};
  if (!epoll || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, uv_backend_fd(loop), &event)) return -errno;
  instance.doorbells = new Doorbells(instance, loop, std::move(epoll));
  return 0;
}

Doorbells::Doorbells(Instance& instance, uv_loop_t* loop, UniqueFd epoll) : instance_(instance), loop_(loop), epoll_(std::move(epoll)) {
  uv_prepare_init(loop_, &prepare_);
  uv_idle_init(loop_, &idle_);
  uv_unref(reinterpret_cast<uv_handle_t*>(&idle_));
  prepare_.data = this;
  idle_.data = this;
  napi_add_async_cleanup_hook(instance.env, OnTeardown, this, &hook_);
}

int Doorbells::Control(int operation, uint32_t id) {
  const Bell& bell = bells_[id];
  epoll_event event = {EPOLLIN | (bell.edge ? uint32_t{EPOLLET} : 0), {.u32 = id}};
  return epoll_ctl(epoll_.get(), operation, bell.fd, &event) ? -errno : 0;
}

int Doorbells::Open(int fd, bool edge, uint32_t channel, napi_value callback) {
  uint32_t id = 0;
  while (Has(id)) id++;
  if (id == bells_.size()) bells_.emplace_back();
  bells_[id] = {fd, edge, channel, nullptr};
  // Who shares a pipe may take out of it what the callback is about to read.
  if (int error = edge ? 0 : SetNonBlocking(fd)) return error;
  if (int error = Control(EPOLL_CTL_ADD, id)) return error;
  napi_create_reference(instance_.env, callback, 1, &bells_[id].callback);
  if (open_++ == 0) uv_prepare_start(&prepare_, [](uv_prepare_t* handle) { static_cast<Doorbells*>(handle->data)->Wait(); });
  return id;
}

int Doorbells::Listen(uint32_t id, bool on) { return Has(id) ? Control(on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, id) : -EBADF; }

void Doorbells::Close(uint32_t id) {
  if (!Has(id)) return;
  Control(EPOLL_CTL_DEL, id);
  napi_delete_reference(instance_.env, bells_[id].callback);
  bells_[id].callback = nullptr;
  if (--open_) return;
  uv_prepare_stop(&prepare_);
  uv_idle_stop(&idle_);
}

// Sessions that have something to do already (by an immediate) hear of it first, and choose whose turn it is.
void Doorbells::Ring(uint32_t id) {
  Channel* channel = Find(instance_.channels, bells_[id].channel);
  if (!channel || uv_backend_timeout(loop_) == 0 || channel->Rung()) CallBack(instance_.env, bells_[id].callback, 1);
}

// A bell may be closed, and its id given out again, by the callback of one before it: the new one is rung for nothing then.
void Doorbells::Wait() {
  uv_idle_stop(&idle_);
  for (bool others = false; open_ && !others;) {
    uv_update_time(loop_);
    const int timeout = uv_backend_timeout(loop_);
    others = timeout == 0;
    epoll_event events[kMost];
    const int count = epoll_wait(epoll_.get(), events, kMost, timeout);
    for (int i = 0; i < count; i++) {
      const uint32_t id = events[i].data.u32;
      if (id == kLoop) others = true;
      else if (Has(id)) Ring(id);
    }
  }
  if (open_) uv_idle_start(&idle_, [](uv_idle_t*) {});
}

void Doorbells::OnTeardown(napi_async_cleanup_hook_handle hook, void* data) {
  auto* bells = static_cast<Doorbells*>(data);
  for (uint32_t id = 0; id < bells->bells_.size(); id++) bells->Close(id);
  bells->instance_.doorbells = nullptr;
  // One after the other: the loop is done with both when the second one is closed.
  uv_close(reinterpret_cast<uv_handle_t*>(&bells->prepare_), [](uv_handle_t* handle) {
    uv_close(reinterpret_cast<uv_handle_t*>(&static_cast<Doorbells*>(handle->data)->idle_), [](uv_handle_t* handle) {
      auto* bells = static_cast<Doorbells*>(handle->data);
      napi_remove_async_cleanup_hook(bells->hook_);
      delete bells;
    });
  });
}

}  // namespace fusewire
