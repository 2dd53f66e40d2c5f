#include "all_threads.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

// Credentials, security domains and namespaces belong to a thread, and a library cannot be there before other threads are.
// libc has the same trouble with setuid(2), and a signal for it that no thread can block: it is borrowed here, since some
// threads of the runtime block all others.
namespace fusewire {
namespace {

// The kernel's struct sigaction, whose layout depends on the architecture.
struct KernelAction {
  alignas(8) unsigned char bytes[64];
};
constexpr size_t kSignalSetSize = 8;

struct Shared {
  int (*step)(void*);
  void* data;
  std::atomic<int> error;
  sem_t done;
};
Shared shared;

void Run() {
  const int result = shared.step(shared.data);
  if (result < 0) shared.error.store(result, std::memory_order_relaxed);
}

void OnSignal(int, siginfo_t* info, void*) {
  if (info->si_code != SI_TKILL || info->si_pid != getpid()) return;
  const int saved = errno;
  Run();
  sem_post(&shared.done);
  errno = saved;
}

// The action as the kernel wants it, with what libc adds for the return from a handler.
bool PrepareAction(KernelAction& action) {
  struct sigaction ours = {}, before;
  ours.sa_sigaction = OnSignal;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&ours.sa_mask);
  return sigaction(SIGRTMAX, &ours, &before) == 0 && syscall(SYS_rt_sigaction, SIGRTMAX, nullptr, &action, kSignalSetSize) == 0 &&
         sigaction(SIGRTMAX, &before, nullptr) == 0;
}

// Waits for one thread; false when it neither did its step nor went away within some seconds.
bool Await(pid_t pid, pid_t thread) {
  for (int attempt = 0; attempt < 50; attempt++) {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100'000'000;
    if (until.tv_nsec >= 1'000'000'000) until.tv_sec++, until.tv_nsec -= 1'000'000'000;
    int result;
    do result = sem_timedwait(&shared.done, &until);
    while (result && errno == EINTR);
    if (!result || syscall(SYS_tgkill, pid, thread, 0)) return true;
  }
  return false;
}

// Has every thread but this one that has not yet done so run the step; the number of those, or a negative errno.
int Visit(DIR* tasks, int signal, std::vector<pid_t>& visited) {
  const pid_t pid = getpid(), self = static_cast<pid_t>(syscall(SYS_gettid));
  int count = 0;
  rewinddir(tasks);
  while (dirent* entry = readdir(tasks)) {
    const pid_t thread = static_cast<pid_t>(atoi(entry->d_name));
    if (thread <= 0 || thread == self || std::find(visited.begin(), visited.end(), thread) != visited.end()) continue;
    visited.push_back(thread);
    if (syscall(SYS_tgkill, pid, thread, signal)) continue;
    count++;
    if (!Await(pid, thread)) return -ETIMEDOUT;
  }
  return count;
}

}  // namespace

int OnAllThreads(int (*step)(void*), void* data) {
  std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), closedir);
  // Where no root leads to /proc, the working directory is /proc/self/fd: `ChangeRoot`.
  if (!tasks) tasks.reset(opendir("../task"));
  if (!tasks) return -errno;
  const int signal = SIGRTMIN - 1;
  KernelAction ours = {}, before = {};
  if (!PrepareAction(ours) || sem_init(&shared.done, 0, 0)) return -errno;
  shared.step = step;
  shared.data = data;
  shared.error = 0;
  if (syscall(SYS_rt_sigaction, signal, &ours, &before, kSignalSetSize)) return -errno;
  std::vector<pid_t> visited;
  int found;
  do found = Visit(tasks.get(), signal, visited);
  while (found > 0 && shared.error == 0);
  if (found == 0 && shared.error == 0) Run();
  syscall(SYS_rt_sigaction, signal, &before, nullptr, kSignalSetSize);
  if (found < 0) return found;
  return shared.error ? shared.error.load() : static_cast<int>(visited.size()) + 1;
}

}  // namespace fusewire
