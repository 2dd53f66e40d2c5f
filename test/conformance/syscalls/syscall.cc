// syscall(2) for the conformance table: behaviours are checked with plain system calls, made exactly as written.
#define NAPI_VERSION 9
#include <node_api.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace {

struct Call {
  const char* name;
  long number;
};

#define CALL(name) {#name, SYS_##name}
constexpr Call kCalls[] = {
    CALL(chdir),         CALL(close),      CALL(copy_file_range), CALL(dup),          CALL(faccessat2),   CALL(fallocate),
    CALL(fchmod),        CALL(fchmodat),   CALL(fchown),          CALL(fchownat),     CALL(fcntl),        CALL(fdatasync),
    CALL(fgetxattr),     CALL(flistxattr), CALL(flock),           CALL(fremovexattr), CALL(fsetxattr),    CALL(fsync),
    CALL(ftruncate),     CALL(getcwd),     CALL(getdents64),      CALL(getpid),       CALL(getxattr),     CALL(ioctl),
    CALL(lgetxattr),     CALL(linkat),     CALL(listxattr),       CALL(llistxattr),   CALL(lremovexattr), CALL(lseek),
    CALL(lsetxattr),     CALL(mkdirat),    CALL(mknodat),         CALL(mmap),         CALL(msync),        CALL(munmap),
    CALL(openat),        CALL(pread64),    CALL(prlimit64),       CALL(pwrite64),     CALL(process_vm_readv),
    CALL(process_vm_writev), CALL(read),   CALL(readlinkat),      CALL(removexattr),  CALL(renameat2),    CALL(setgroups),
    CALL(setresgid),     CALL(setresuid),  CALL(setxattr),        CALL(statfs),       CALL(statx),        CALL(symlinkat),
    CALL(syncfs),        CALL(truncate),   CALL(umask),           CALL(unlinkat),     CALL(utimensat),    CALL(write),
    CALL(kill),          CALL(ppoll),      CALL(preadv2),         CALL(pwritev2),     CALL(sendfile),     CALL(wait4),
};

// An integer as it is, the bytes of a typed array by address, anything else as a null pointer.
long Word(napi_env env, napi_value value) {
  int64_t word = 0;
  if (napi_get_value_int64(env, value, &word) == napi_ok) return word;
  bool lossless;
  if (napi_get_value_bigint_int64(env, value, &word, &lossless) == napi_ok) return word;
  void* data = nullptr;
  napi_get_typedarray_info(env, value, nullptr, nullptr, &data, nullptr, nullptr);
  return reinterpret_cast<long>(data);
}

napi_value Number(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

// syscall(number, up to six arguments): the result or a negative errno.
napi_value Syscall(napi_env env, napi_callback_info info) {
  size_t count = 7;
  napi_value values[7];
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  long words[7] = {};
  for (size_t i = 0; i < 7; i++) words[i] = Word(env, values[i]);
  const long result = syscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
  return Number(env, result == -1 ? -errno : result);
}

// Where a typed array's bytes are, for structs that hold pointers. Valid until the next call.
napi_value Address(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  return Number(env, Word(env, value));
}

// fork(words, progress): a process that makes the calls one after another, seven words each, and exits with the errno of
// the first that fails. `progress` is the address of a shared int64_t: the call it is at. SIGUSR1 interrupts calls.
napi_value Fork(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, values[0], nullptr, &length, &data, nullptr, nullptr);
  const auto* words = static_cast<const int64_t*>(data);
  auto* progress = reinterpret_cast<volatile int64_t*>(Word(env, values[1]));
  const pid_t pid = fork();
  if (pid != 0) return Number(env, pid == -1 ? -errno : pid);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, nullptr);
  for (size_t i = 0; i < length / 7; i++, words += 7) {
    *progress = static_cast<int64_t>(i);
    if (syscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]) == -1) _exit(errno);
  }
  _exit(0);
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value numbers, function;
  napi_create_object(env, &numbers);
  for (const Call& call : kCalls) napi_set_named_property(env, numbers, call.name, Number(env, call.number));
  napi_set_named_property(env, exports, "numbers", numbers);
  napi_create_function(env, "syscall", NAPI_AUTO_LENGTH, Syscall, nullptr, &function);
  napi_set_named_property(env, exports, "syscall", function);
  napi_create_function(env, "address", NAPI_AUTO_LENGTH, Address, nullptr, &function);
  napi_set_named_property(env, exports, "address", function);
  napi_create_function(env, "fork", NAPI_AUTO_LENGTH, Fork, nullptr, &function);
  napi_set_named_property(env, exports, "fork", function);
  return exports;
}

}  // namespace

NAPI_MODULE(syscall, Init)
