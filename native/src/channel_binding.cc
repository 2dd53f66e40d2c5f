#include <errno.h>

#include "args.h"
#include "channel.h"
#include "exports.h"

namespace fusewire {

static napi_value Drain(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  return Number(env, channel ? channel->Drain(args.U32(1)) : -EBADF);
}

// (id, ahead): `Channel::Ahead`.
static napi_value SetAhead(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  if (Channel* channel = Find(args.instance->channels, args.U32(0))) channel->SetAhead(static_cast<Channel::Ahead>(args.U32(1)));
  return nullptr;
}

// (id, dirfd, parent, records, size, out, room, identity, listed): offsets in the slab, of a HostIdentity and a Shortcuts::Listed
// too. 0, or -errno and nothing is done.
static napi_value List(napi_env env, napi_callback_info info) {
  Args<9> args(env, info);
  Instance& instance = *args.instance;
  Channel* channel = Find(instance.channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  const uint32_t records = args.U32(3), size = args.U32(4), out = args.U32(5), room = args.U32(6), identity = args.U32(7), listed = args.U32(8);
  const bool inside = instance.InSlab(records, size) && instance.InSlab(out, room) && instance.InSlab(identity, sizeof(HostIdentity)) && instance.InSlab(listed, sizeof(Shortcuts::Listed));
  if (!inside || (records | out | identity | listed) % alignof(uint64_t)) return Number(env, -EFAULT);
  uint8_t* const slab = instance.slab;
  *reinterpret_cast<Shortcuts::Listed*>(slab + listed) =
      channel->List(args.I32(1), args.U32(2), slab + records, size, slab + out, room, *reinterpret_cast<HostIdentity*>(slab + identity));
  return Number(env, 0);
}

static napi_value Commit(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return nullptr;
  channel->FinishListed(args.U32(1));
  channel->Commit();
  return nullptr;
}

static napi_value Answer(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  if (Channel* channel = Find(args.instance->channels, args.U32(0))) channel->FinishListed(args.U32(1));
  return nullptr;
}

// An idle channel is destroyed: 1 says so, its block may be freed and its id is no longer its own.
static napi_value Settle(napi_env env, Instance& instance, uint32_t id) {
  bool idle = instance.channels[id]->Idle();
  if (idle) instance.channels[id].reset();
  return Number(env, idle);
}

static napi_value Finish(napi_env env, napi_callback_info info) {
  Args<4> args(env, info);
  uint32_t id = args.U32(0);
  Channel* channel = Find(args.instance->channels, id);
  if (!channel || !channel->Finish(args.U32(1), args.U32(2), args.U32(3))) return Number(env, -EBADF);
  return Settle(env, *args.instance, id);
}

static napi_value Close(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  uint32_t id = args.U32(0);
  Channel* channel = Find(args.instance->channels, id);
  if (!channel) return Number(env, -EBADF);
  channel->Shut();
  return Settle(env, *args.instance, id);
}

static napi_value Failures(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  return Number(env, channel ? channel->TakeFailures() : 0);
}

// get and put: (id, slot, at, bytes, start, length).
template <typename Move>
static napi_value WithBytes(napi_env env, napi_callback_info info, Move move) {
  Args<6> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  Bytes bytes = args.ByteArray(3);
  uint32_t start = args.U32(4);
  uint32_t length = args.U32(5);
  if (!bytes.data || uint64_t{start} + length > bytes.length) return Number(env, -EFAULT);
  return Number(env, move(*channel, args.U32(1), args.U32(2), bytes.data + start, length));
}

static napi_value Get(napi_env env, napi_callback_info info) {
  return WithBytes(env, info, [](Channel& channel, uint32_t slot, uint32_t at, uint8_t* data, uint32_t length) {
    return channel.Get(slot, at, data, length);
  });
}

static napi_value Put(napi_env env, napi_callback_info info) {
  return WithBytes(env, info, [](Channel& channel, uint32_t slot, uint32_t at, uint8_t* data, uint32_t length) {
    return channel.Put(slot, at, data, length);
  });
}

static napi_value GetToSlab(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  return Number(env, channel->GetToSlab(args.U32(1), args.U32(2), args.U32(3), args.U32(4)));
}

static napi_value PutFromSlab(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  return Number(env, channel->PutFromSlab(args.U32(1), args.U32(2), args.U32(3), args.U32(4)));
}

static napi_value GetToFd(napi_env env, napi_callback_info info) {
  Args<7> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  return Number(env, channel->GetToFd(args.U32(1), args.U32(2), args.I32(3), args.I64(4), args.U32(5), args.I32(6)));
}

static napi_value PutFromFd(napi_env env, napi_callback_info info) {
  Args<6> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  if (!channel) return Number(env, -EBADF);
  return Number(env, channel->PutFromFd(args.U32(1), args.U32(2), args.I32(3), args.I64(4), args.U32(5)));
}

// (id, column, array). The array's owner replaces it here before it lets go of it.
static napi_value SetColumn(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  Channel* channel = Find(args.instance->channels, args.U32(0));
  const uint32_t column = args.U32(1);
  Array array = args.TypedArray(2);
  if (!channel || column >= static_cast<uint32_t>(Column::kCount)) return Number(env, -EINVAL);
  channel->SetColumn(static_cast<Column>(column), array.data, array.bytes);
  return Number(env, 0);
}

void ExportChannel(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "channelList", List);
  Export(env, exports, instance, "channelDrain", Drain);
  Export(env, exports, instance, "channelSetAhead", SetAhead);
  Export(env, exports, instance, "channelFinish", Finish);
  Export(env, exports, instance, "channelAnswer", Answer);
  Export(env, exports, instance, "channelCommit", Commit);
  Export(env, exports, instance, "channelClose", Close);
  Export(env, exports, instance, "channelFailures", Failures);
  Export(env, exports, instance, "channelSetColumn", SetColumn);
  Export(env, exports, instance, "channelGet", Get);
  Export(env, exports, instance, "channelGetToSlab", GetToSlab);
  Export(env, exports, instance, "channelGetToFd", GetToFd);
  Export(env, exports, instance, "channelPut", Put);
  Export(env, exports, instance, "channelPutFromSlab", PutFromSlab);
  Export(env, exports, instance, "channelPutFromFd", PutFromFd);
}

}  // namespace fusewire
