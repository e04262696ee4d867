// Thread counts, for tests whose result must not depend on them.
#pragma once

#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::test {

// Lets the kernels use so many threads for as long as it lives.
class ThreadCount {
 public:
  explicit ThreadCount(std::size_t count) : before_(thread_count()) {
    set_thread_count(static_cast<i64>(count));
  }
  ~ThreadCount() { set_thread_count(static_cast<i64>(before_)); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  std::size_t before_;
};

}  // namespace fastsamplers::test
