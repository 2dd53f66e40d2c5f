#include <errno.h>
#include <fcntl.h>

#include <memory>
#include <string>

#include "args.h"
#include "async_work.h"
#include "exports.h"
#include "fuse_channel.h"
#include "ids.h"

namespace fusewire {

namespace {

// (fd, base, count, payloads): a channel id; the fd is the channel's from then on.
napi_value Create(napi_env env, napi_callback_info info) {
  Args<4> args(env, info);
  int fd = args.I32(0);
  uint32_t base = args.U32(1), count = args.U32(2), payloads = args.U32(3);
  if (!BufferedChannel::Fits(*args.instance, base, count, payloads)) return Number(env, -EINVAL);
  if (int error = SetNonBlocking(fd)) return Number(env, error);
  std::unique_ptr<Channel> channel =
      std::make_unique<FuseChannel>(*args.instance, UniqueFd(fd), base, count, payloads);
  return Number(env, Place(args.instance->channels, std::move(channel)));
}

// (fd, message): on the pool, as an invalidation waits for locks whose holders may wait for this very server.
napi_value Notify(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Bytes bytes = args.ByteArray(1);
  auto fd = std::make_shared<UniqueFd>(fcntl(args.I32(0), F_DUPFD_CLOEXEC, 0));
  return RunAsync(env, [fd, message = std::string(reinterpret_cast<char*>(bytes.data), bytes.length)]() -> int32_t {
    return write(fd->get(), message.data(), message.size()) < 0 ? -errno : 0;
  });
}

// (channel, fd): registers an open file for FUSE_PASSTHROUGH; its id.
napi_value BackingOpen(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  FuseChannel* channel = FindChannel<FuseChannel>(*args.instance, args.U32(0));
  return Number(env, channel ? channel->BackingOpen(args.I32(1)) : -EBADF);
}

napi_value BackingClose(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  FuseChannel* channel = FindChannel<FuseChannel>(*args.instance, args.U32(0));
  return Number(env, channel ? channel->BackingClose(args.U32(1)) : -EBADF);
}

// (channel, node, generation): the two words of the node's id.
napi_value ForgetAttributes(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  FuseChannel* channel = FindChannel<FuseChannel>(*args.instance, args.U32(0));
  return Number(env, channel ? channel->ForgetAttributes(args.U32(1) | uint64_t{args.U32(2)} << 32) : -EBADF);
}

}  // namespace

void ExportFuse(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "fuseCreate", Create);
  Export(env, exports, instance, "fuseNotify", Notify);
  Export(env, exports, instance, "fuseBackingOpen", BackingOpen);
  Export(env, exports, instance, "fuseBackingClose", BackingClose);
  Export(env, exports, instance, "fuseForgetAttributes", ForgetAttributes);
}

}  // namespace fusewire
