// Forks of the test process. The child says by its exit status whether it found what it should.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::test {

inline constexpr int kRight = 0;
inline constexpr int kWrong = 1;
inline constexpr int kThrew = 2;

// ThreadSanitizer knows no threads that a child starts beside those its parent had. It needs
// TSAN_OPTIONS=die_after_fork=0:report_thread_leaks=0 besides.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kMayStartThreads = false;
#else
inline constexpr bool kMayStartThreads = true;
#endif

// Runs `check`, which returns a bool, in a child; the child ends there and then. A child that hangs
// is killed.
template <class Check>
pid_t start_child(Check&& check) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  alarm(120);
  if (!kMayStartThreads) set_thread_count(1);
  int status = kThrew;
  try {
    status = check() ? kRight : kWrong;
  } catch (...) {  // told by the status
  }
  _exit(status);
}

// The exit status; the negative signal when one has ended the child.
inline int status_of(pid_t pid) {
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

template <class Check>
int in_child(Check&& check) {
  return status_of(start_child(check));
}

}  // namespace fastsamplers::test
