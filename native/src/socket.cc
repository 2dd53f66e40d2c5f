#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "args.h"
#include "exports.h"
#include "unique_fd.h"

namespace fusewire {

namespace {

constexpr size_t kMaxFds = 253;  // SCM_MAX_FD of the kernel
constexpr int kStream = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr int kBacklog = 128;

// Room for the control message of kMaxFds descriptors.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMaxFds * sizeof(int))];
};

bool Address(const Args<2>& args, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  return args.Text(0, address.sun_path);
}

napi_value Listen(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  sockaddr_un address;
  if (!Address(args, address)) return Number(env, -ENAMETOOLONG);
  UniqueFd fd(socket(AF_UNIX, kStream, 0));
  // The mode of an unbound socket is the mode its file will have, less the umask: there is no moment of a wider one.
  if (!fd || fchmod(fd.get(), args.U32(1) & 0777) || bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ||
      listen(fd.get(), kBacklog)) {
    return Number(env, -errno);
  }
  return Number(env, fd.release());
}

napi_value Connect(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  sockaddr_un address;
  if (!Address(args, address)) return Number(env, -ENAMETOOLONG);
  UniqueFd fd(socket(AF_UNIX, kStream, 0));
  if (!fd || connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)) return Number(env, -errno);
  return Number(env, fd.release());
}

napi_value Accept(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  int fd = accept4(args.I32(0), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return Number(env, fd < 0 ? -errno : fd);
}

napi_value Pair(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  Ints fds = args.IntArray(0);
  if (fds.length < 2) return Number(env, -EINVAL);
  return Number(env, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data) ? -errno : 0);
}

// 0 for a listening, 1 for a connected Unix stream socket, which is then made non-blocking and close-on-exec.
napi_value Adopt(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  const int fd = args.I32(0);
  int domain = 0, type = 0, listening = 0;
  socklen_t size = sizeof(int);
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) ||
      getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size)) {
    return Number(env, -errno);
  }
  if (domain != AF_UNIX || type != SOCK_STREAM) return Number(env, -EPROTOTYPE);
  sockaddr_un peer;
  size = sizeof peer;
  if (!listening && getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size)) return Number(env, -errno);
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC)) return Number(env, -errno);
  return Number(env, listening ? 0 : 1);
}

// A datagram socket connected to a path, or with a leading "@" to an abstract name; for messages to a service manager or a log.
napi_value Datagram(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  sockaddr_un address;
  if (!Address(args, address)) return Number(env, -ENAMETOOLONG);
  const size_t length = strlen(address.sun_path);
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + (address.sun_path[0] ? 1 : 0));
  if (!fd || connect(fd.get(), reinterpret_cast<sockaddr*>(&address), size)) return Number(env, -errno);
  return Number(env, fd.release());
}

// (fd, bytes, start, length, fds): the stretch of `bytes` to move, or false.
bool Stretch(const Args<5>& args, iovec& stretch) {
  Bytes bytes = args.ByteArray(1);
  uint64_t start = args.U32(2);
  uint32_t length = args.U32(3);
  if (!bytes.data || start + length > bytes.length) return false;
  stretch = {bytes.data + start, length};
  return true;
}

napi_value Send(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  iovec stretch;
  Ints fds = args.IntArray(4);
  if (!Stretch(args, stretch) || fds.length > kMaxFds) return Number(env, -EINVAL);
  msghdr message = {};
  message.msg_iov = &stretch;
  message.msg_iovlen = 1;
  Control control = {};
  if (fds.length) {
    control.header = {CMSG_LEN(fds.length * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), fds.data, fds.length * sizeof(int));
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(fds.length * sizeof(int));
  }
  ssize_t sent = sendmsg(args.I32(0), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return Number(env, sent < 0 ? -errno : sent);
}

// Descriptors that the caller has no room for are closed.
void Keep(const msghdr& message, Ints fds) {
  size_t kept = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(const_cast<msghdr*>(&message), part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      UniqueFd owned(fd);
      if (kept < fds.length) fds.data[kept++] = owned.release();
    }
  }
}

napi_value Receive(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  iovec stretch;
  Ints fds = args.IntArray(4);
  if (!Stretch(args, stretch)) return Number(env, -EINVAL);
  for (size_t i = 0; i < fds.length; i++) fds.data[i] = -1;
  msghdr message = {};
  message.msg_iov = &stretch;
  message.msg_iovlen = 1;
  Control control;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  ssize_t received = recvmsg(args.I32(0), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (received < 0) return Number(env, -errno);
  Keep(message, fds);
  return Number(env, received);
}

// (fd) -> 1 when the other end has closed, whatever it has sent before; else 0.
napi_value HungUp(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  pollfd asked{args.I32(0), POLLRDHUP, 0};
  return Number(env, poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) ? 1 : 0);
}

}  // namespace

void ExportSocket(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "socketListen", Listen);
  Export(env, exports, instance, "socketConnect", Connect);
  Export(env, exports, instance, "socketAccept", Accept);
  Export(env, exports, instance, "socketPair", Pair);
  Export(env, exports, instance, "socketAdopt", Adopt);
  Export(env, exports, instance, "socketDatagram", Datagram);
  Export(env, exports, instance, "socketSend", Send);
  Export(env, exports, instance, "socketReceive", Receive);
  Export(env, exports, instance, "socketHungUp", HungUp);
}

}  // namespace fusewire
