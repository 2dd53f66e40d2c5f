#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "all_threads.h"
#include "args.h"
#include "exports.h"
#include "syscalls.h"
#include "unique_fd.h"

// A root of the process' own: mount_namespaces(7), pivot_root(2), chroot(2).
namespace fusewire {
namespace {

constexpr unsigned kCloneTree = 1, kMoveEmptyFrom = 4;  // OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH
constexpr unsigned kRecursive = 0x8000;                 // AT_RECURSIVE
// The new root is built here: a directory that every system has, and that nobody shares.
constexpr char kPlace[] = "/proc";

struct Tree {
  std::string path;
  UniqueFd mount;
};

// mkdir -p.
int MakePath(std::string path) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    if (mkdir(path.substr(0, at).c_str(), 0755) && errno != EEXIST) return -errno;
    if (at == std::string::npos) return 0;
  }
}

// A root of tmpfs that has the trees at the paths they had, those that contain others first.
int BuildRoot(std::vector<Tree>& trees) {
  for (Tree& tree : trees) {
    tree.mount.reset(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, tree.path.c_str(), kCloneTree | kRecursive | O_CLOEXEC)));
    if (!tree.mount) return -errno;
  }
  if (mount("fusewire", kPlace, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=1m")) return -errno;
  for (const Tree& tree : trees) {
    const std::string target = kPlace + tree.path;
    if (const int error = MakePath(target)) return error;
    if (syscall(SYS_move_mount, tree.mount.get(), "", AT_FDCWD, target.c_str(), kMoveEmptyFrom)) return -errno;
  }
  if (mount(nullptr, kPlace, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr)) return -errno;
  // The old root ends up above the new one, and is then taken off; pivot_root(2), "pivot_root(".", ".")".
  if (chdir(kPlace) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/")) return -errno;
  return 0;
}

struct Join {
  pid_t leader;
  int process;
  int namespaces;
};

// A thread may join a mount namespace when it shares root and working directory with nobody.
int JoinLeader(void* data) {
  const auto& join = *static_cast<const Join*>(data);
  if (syscall(SYS_gettid) == join.leader) return 0;
  if (syscall(SYS_unshare, CLONE_FS) || syscall(SYS_setns, join.process, join.namespaces)) return -errno;
  return 0;
}

// (paths, network): new namespaces of mounts and System V IPC, and of the network unless `network` is 1, for every thread; of the
// file system there are only the directories named in `paths`, divided by NULs. To be called from the main thread.
napi_value IsolateThreads(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  Bytes paths = args.ByteArray(0);
  std::vector<Tree> trees;
  const char* text = reinterpret_cast<const char*>(paths.data);
  for (size_t at = 0; at < paths.length;) {
    const size_t length = strnlen(text + at, paths.length - at);
    if (!length || text[at] != '/') return Number(env, -EINVAL);
    trees.push_back({std::string(text + at, length), UniqueFd()});
    at += length + 1;
  }
  const int namespaces = CLONE_NEWNS | CLONE_NEWIPC | (args.U32(1) ? 0 : CLONE_NEWNET);
  UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!process) return Number(env, -errno);
  if (unshare(namespaces)) return Number(env, -errno);
  // What the host mounts below a shared directory is seen here as well, and nothing of here there.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr)) return Number(env, -errno);
  if (const int error = BuildRoot(trees)) return Number(env, error);
  Join join{getpid(), process.get(), namespaces};
  return Number(env, OnAllThreads(JoinLeader, &join));
}

// (path): for every thread, as they share their root until one of them makes it its own. The working directory becomes the one of
// open files in /proc, which cannot be reached from the new root.
napi_value ChangeRoot(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  char path[4097];
  if (!args.Text(0, path)) return Number(env, -EINVAL);
  if (args.instance->ProcFd() < 0 || chroot(path) || fchdir(args.instance->ProcFd())) return Number(env, -errno);
  sys::FdName::relative = true;
  return Number(env, 0);
}

}  // namespace

void ExportIsolate(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "isolateThreads", IsolateThreads);
  Export(env, exports, instance, "changeRoot", ChangeRoot);
}

}  // namespace fusewire
