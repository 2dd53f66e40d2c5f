#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "all_threads.h"
#include "args.h"
#include "credentials.h"
#include "exports.h"
#include "unique_fd.h"

// What a process takes from itself for good: landlock(7), capabilities(7), no_new_privs, limits.
namespace fusewire {
namespace {

constexpr uint32_t kQueryVersion = 1, kQueryErrata = 2;
constexpr int kPathBeneath = 1;

// include/uapi/linux/landlock.h, of a newer kernel than the headers may be.
struct RulesetAttributes {
  uint64_t fs, net, scoped;
};
struct [[gnu::packed]] PathBeneath {
  uint64_t access;
  int32_t parent;
};

// (1: the version, 2: which errata are fixed).
napi_value LandlockQuery(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  const uint32_t what = args.U32(0) == kQueryErrata ? kQueryErrata : kQueryVersion;
  const long result = syscall(SYS_landlock_create_ruleset, nullptr, 0, what);
  return Number(env, result < 0 ? -errno : static_cast<int32_t>(result));
}

// (fs, net, scoped): what is denied from then on, unless allowed. Older kernels take a shorter structure.
napi_value LandlockCreate(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  const RulesetAttributes attributes{args.U32(0), args.U32(1), args.U32(2)};
  const size_t size = attributes.scoped ? 24 : attributes.net ? 16 : 8;
  const long fd = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  return Number(env, fd < 0 ? -errno : static_cast<int32_t>(fd));
}

// (ruleset, path, access): allows what is done to the file, or to all beneath the directory.
napi_value LandlockAllow(napi_env env, napi_callback_info info) {
  Args<3> args(env, info);
  char path[4097];
  if (!args.Text(1, path)) return Number(env, -EINVAL);
  UniqueFd file(open(path, O_PATH | O_CLOEXEC));
  if (!file) return Number(env, -errno);
  const PathBeneath rule{args.U32(2), file.get()};
  return Number(env, syscall(SYS_landlock_add_rule, args.I32(0), kPathBeneath, &rule, 0) < 0 ? -errno : 0);
}

struct Confinement {
  // -1: none.
  int ruleset;
  bool no_new_privileges;
  // Capabilities that stay.
  bool drop;
  uint64_t kept;
};

int Confine(void* data) {
  const auto& confinement = *static_cast<const Confinement*>(data);
  if (confinement.drop) {
    for (unsigned capability = 0; capability < 64; capability++) {
      // EPERM: whoever has no CAP_SETPCAP gains nothing by execve(2) that no_new_privs would not deny.
      if (!((confinement.kept >> capability) & 1)) syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  }
  if (confinement.no_new_privileges && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
  if (confinement.ruleset >= 0 && syscall(SYS_landlock_restrict_self, confinement.ruleset, 0)) return -errno;
  if (!confinement.drop) return 0;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2];
  if (syscall(SYS_capget, &header, sets)) return -errno;
  for (int half = 0; half < 2; half++) {
    const uint32_t kept = static_cast<uint32_t>(confinement.kept >> (32 * half));
    sets[half] = {sets[half].effective & kept, sets[half].permitted & kept, 0};
  }
  return syscall(SYS_capset, &header, sets) ? -errno : 0;
}

// (ruleset, noNewPrivileges, drop, keptLow, keptHigh): for every thread.
napi_value ConfineThreads(napi_env env, napi_callback_info info) {
  Args<5> args(env, info);
  Confinement confinement{args.I32(0), args.U32(1) != 0, args.U32(2) != 0, args.U32(3) | uint64_t{args.U32(4)} << 32};
  const int threads = OnAllThreads(Confine, &confinement);
  sys::CredentialsChanged();
  return Number(env, threads);
}

// The effective capabilities of this thread, in two halves.
napi_value Capabilities(napi_env env, napi_callback_info info) {
  Args<1> args(env, info);
  Ints halves = args.IntArray(0);
  if (halves.length < 2) return Number(env, -EINVAL);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2];
  if (syscall(SYS_capget, &header, sets)) return Number(env, -errno);
  for (int half = 0; half < 2; half++) halves.data[half] = static_cast<int32_t>(sets[half].effective);
  return Number(env, 0);
}

// (resource, limit): the soft limit and the hard one.
napi_value SetLimit(napi_env env, napi_callback_info info) {
  Args<2> args(env, info);
  const auto resource = static_cast<__rlimit_resource_t>(args.U32(0));
  const auto limit = static_cast<rlim_t>(args.I64(1));
  const rlimit wanted{limit, limit};
  return Number(env, setrlimit(resource, &wanted) ? -errno : 0);
}

}  // namespace

void ExportConfine(napi_env env, napi_value exports, Instance* instance) {
  Export(env, exports, instance, "landlockQuery", LandlockQuery);
  Export(env, exports, instance, "landlockCreate", LandlockCreate);
  Export(env, exports, instance, "landlockAllow", LandlockAllow);
  Export(env, exports, instance, "confineThreads", ConfineThreads);
  Export(env, exports, instance, "capabilities", Capabilities);
  Export(env, exports, instance, "setLimit", SetLimit);
}

}  // namespace fusewire
