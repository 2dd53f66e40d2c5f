#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "credentials.h"
#include "syscalls.h"

// Acting as the caller: fsuid, fsgid, groups, capabilities and umask are the thread's own, so these are raw
// system calls; glibc's wrappers would change every thread of the process.
namespace fusewire::sys {
namespace {

constexpr uint32_t Bit(int capability) { return 1u << (capability & 31); }
// What the kernel takes from the effective set when fsuid leaves 0, and gives back when it returns: capabilities(7),
// "Effect of user ID changes on capabilities". DAC_OVERRIDE is not listed: the guest's kernel has judged access already.
constexpr uint32_t kTakenLow =
    Bit(CAP_CHOWN) | Bit(CAP_DAC_READ_SEARCH) | Bit(CAP_FOWNER) | Bit(CAP_FSETID) | Bit(CAP_LINUX_IMMUTABLE) | Bit(CAP_MKNOD);
constexpr uint32_t kTakenHigh = Bit(CAP_MAC_OVERRIDE);

struct Free {
  void operator()(char* text) const { free(text); }
};

// The supplementary groups of a process, proc_pid_status(5); none when it is gone or in another PID namespace.
std::vector<gid_t> GroupsOf(uint32_t pid) {
  std::vector<gid_t> groups;
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "re"), fclose);
  if (!file) return groups;
  char* text = nullptr;
  size_t size = 0;
  while (getline(&text, &size, file.get()) > 0) {
    if (strncmp(text, "Groups:", 7) != 0) continue;
    for (char *at = text + 7, *end = nullptr;; at = end) {
      const unsigned long group = strtoul(at, &end, 10);
      if (end == at) break;
      groups.push_back(static_cast<gid_t>(group));
    }
    break;
  }
  std::unique_ptr<char, Free> line(text);
  return groups;
}

class Credentials {
 public:
  // To create: with CAP_DAC_OVERRIDE, and one supplementary group or none (-1).
  int64_t Enter(uid_t uid, gid_t gid, int64_t group, int64_t mask) {
    if (mask >= 0) EnterMask(static_cast<mode_t>(mask));
    if (uid_ != 0 || (uid == uid_ && gid == gid_)) return 0;
    const gid_t extra = static_cast<gid_t>(group);
    const int64_t error = Switch(uid, gid, &extra, group >= 0 ? 1 : 0);
    return error < 0 ? error : KeepOverride(uid);
  }

  // To be judged: without capabilities that override access, and with the groups that process `pid` has.
  int64_t Become(uid_t uid, gid_t gid, uint32_t pid, int64_t mask) {
    if (mask >= 0) EnterMask(static_cast<mode_t>(mask));
    if (uid_ != 0 || (uid == uid_ && gid == gid_)) return 0;
    const std::vector<gid_t> groups = GroupsOf(pid);
    return Switch(uid, gid, groups.data(), groups.size());
  }

  void Leave() {
    if (switched_) {
      syscall(SYS_setfsuid, uid_);
      syscall(SYS_setfsgid, gid_);
      if (regroup_) syscall(SYS_setgroups, groups_.size(), groups_.data());
      switched_ = regroup_ = false;
    }
    if (masked_) umask(mask_);
    masked_ = false;
  }

 private:
  int64_t Switch(uid_t uid, gid_t gid, const gid_t* groups, size_t count) {
    switched_ = true;
    if (count || !groups_.empty()) {
      if (syscall(SYS_setgroups, count, groups) < 0) return Fail(errno);
      regroup_ = true;
    }
    // Neither call reports failure; the second one answers with what the first has set.
    syscall(SYS_setfsgid, gid);
    if (static_cast<gid_t>(syscall(SYS_setfsgid, -1)) != gid) return Fail(EPERM);
    syscall(SYS_setfsuid, uid);
    if (static_cast<uid_t>(syscall(SYS_setfsuid, -1)) != uid) return Fail(EPERM);
    return 0;
  }

  int64_t KeepOverride(uid_t uid) {
    if (uid != 0 && (effective_[0].effective & Bit(CAP_DAC_OVERRIDE))) {
      __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
      __user_cap_data_struct lowered[2] = {effective_[0], effective_[1]};
      lowered[0].effective &= ~kTakenLow;
      lowered[1].effective &= ~kTakenHigh;
      if (syscall(SYS_capset, &header, lowered) < 0) return Fail(errno);
    }
    return 0;
  }

  int64_t Fail(int error) {
    Leave();
    return -error;
  }

  // A umask belongs to the fs_struct, which threads share until they say otherwise; so does the working directory.
  void EnterMask(mode_t mask) {
    if (!unshared_) unshare(CLONE_FS);
    unshared_ = true;
    mask_ = umask(mask);
    masked_ = true;
  }

  static std::vector<gid_t> Groups() {
    std::vector<gid_t> groups(static_cast<size_t>(std::max(0, getgroups(0, nullptr))));
    groups.resize(static_cast<size_t>(std::max(0, getgroups(static_cast<int>(groups.size()), groups.data()))));
    return groups;
  }

  struct Capabilities {
    __user_cap_data_struct data[2]{};
    Capabilities() {
      __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
      syscall(SYS_capget, &header, data);
    }
    const __user_cap_data_struct& operator[](size_t i) const { return data[i]; }
  };

  const uid_t uid_ = geteuid();
  const gid_t gid_ = getegid();
  const std::vector<gid_t> groups_ = Groups();
  const Capabilities effective_;
  mode_t mask_ = 0;
  bool unshared_ = false, masked_ = false, switched_ = false, regroup_ = false;
};

std::atomic<uint32_t> changes;

Credentials& OfThread() {
  thread_local std::optional<Credentials> credentials;
  thread_local uint32_t seen = 0;
  const uint32_t now = changes.load(std::memory_order_relaxed);
  if (!credentials || seen != now) credentials.emplace();
  seen = now;
  return *credentials;
}

int64_t Enter(const Call& call) { return OfThread().Enter(call.U32(0), call.U32(1), call.I64(2), call.I64(3)); }

int64_t Become(const Call& call) { return OfThread().Become(call.U32(0), call.U32(1), call.U32(2), call.I64(3)); }

int64_t Leave(const Call&) {
  OfThread().Leave();
  return 0;
}

}  // namespace

void CredentialsChanged() { changes++; }

void ExportCredentials(napi_env env, napi_value exports, Instance* instance) {
  Add<Enter>(env, exports, instance, "credentialsEnter");
  Add<Become>(env, exports, instance, "credentialsBecome");
  Add<Leave>(env, exports, instance, "credentialsLeave");
}

}  // namespace fusewire::sys
