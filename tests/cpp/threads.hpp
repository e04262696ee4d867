// The number of threads the kernels use, for as long as a test or a benchmark needs it.
#pragma once

#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::test {

class Threads {
 public:
  explicit Threads(i64 count) : before_(static_cast<i64>(all_threads())) {
    set_thread_count(count);
  }
  ~Threads() { set_thread_count(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  i64 before_;
};

}  // namespace fastsamplers::test
