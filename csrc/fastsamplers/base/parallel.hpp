// How many threads the kernels may use, and a few threads that run one body together.
//
// No result depends on how many there are. The threads of a team end with the call that made it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

// Processors this process may run on, at most OMP_NUM_THREADS if that is set; at least 1.
std::size_t default_thread_count();

// Threads the kernels may use, the calling one included: the default, or what was set last.
std::size_t all_threads();
// The same for a kernel in the calling thread, which may have been limited.
std::size_t thread_count();
// std::invalid_argument unless 1 <= count <= kMostThreads.
void set_thread_count(i64 count);
inline constexpr std::size_t kMostThreads = 1024;

// From here on thread_count() is at most `most` in the calling thread, which has company.
void limit_threads_here(std::size_t most);

// A thread that receives no signals but those of its own faults; std::system_error when the system
// refuses.
std::thread thread_without_signals(std::function<void()> body);

// Threads that wait to run one body together.
class ThreadTeam {
 public:
  // The calling thread and up to `wanted` - 1 new ones: fewer, down to none, when the system
  // refuses.
  explicit ThreadTeam(std::size_t wanted);
  // Joins them; a team that has not run anything is dismissed.
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t size() const { return threads_.size() + 1; }
  // body(t) for every t < size(), on a thread each, and waits for all. Once only; `body` must not
  // throw.
  void run(const std::function<void(std::size_t)>& body);

 private:
  void start(const std::function<void(std::size_t)>* body);

  std::mutex mutex_;
  std::condition_variable started_;
  bool is_started_ = false;
  const std::function<void(std::size_t)>* body_ = nullptr;
  std::vector<std::thread> threads_;
};

// body(first, end) on consecutive parts of [0, count), one for each thread, or on all of it in the
// calling thread where count < least. `body` must not throw.
void run_on_ranges(u64 count, u64 least, const std::function<void(u64, u64)>& body);

// A meeting point of `count` threads, where the last one to come does something for all.
//
// The parts between two meetings are short (some tens of microseconds), so that sleeping and waking
// would cost as much as they: whoever comes early looks again for a while before it sleeps.
class Barrier {
 public:
  Barrier(std::size_t count, std::function<void()> completion)
      : count_(count), missing_(count), completion_(std::move(completion)) {}

  // Returns when all have come and the completion, which must not throw, has run.
  void arrive_and_wait();

 private:
  std::size_t count_;
  std::atomic<std::size_t> missing_;
  std::atomic<u32> round_{0};
  std::function<void()> completion_;
};

}  // namespace fastsamplers
