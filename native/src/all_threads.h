#pragma once

namespace fusewire {

// Runs `step` on every thread of this process, the calling one last, and returns the number of threads or a negative errno.
// A thread that is not at rest runs it in a signal handler: `step` may make system calls and nothing else. It returns 0 or a
// negative errno. Threads that are made meanwhile either run it or are children of one that has.
int OnAllThreads(int (*step)(void* data), void* data);

}  // namespace fusewire
