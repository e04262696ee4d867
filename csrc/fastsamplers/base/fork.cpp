#include "fastsamplers/base/fork.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace fastsamplers {
namespace {

// Never destroyed: a process may fork while it ends.
struct Registry {
  std::mutex mutex;
  std::vector<ForkObserver*> observers;
};

Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

#if defined(__unix__) || defined(__APPLE__)
void before_fork() {
  registry().mutex.lock();
  for (ForkObserver* const observer : registry().observers) observer->before_fork();
}

void after_fork(bool is_child) {
  for (ForkObserver* const observer : registry().observers) observer->after_fork(is_child);
  registry().mutex.unlock();
}

int install_handlers() noexcept {
  return pthread_atfork(before_fork, [] { after_fork(false); }, [] { after_fork(true); });
}
// When this code is loaded: handlers that are installed while another thread forks may be called on
// one side alone.
const int kError = install_handlers();
#else
constexpr int kError = 0;  // nothing forks
#endif

}  // namespace

void ForkObserver::observe_forks() {
  if (kError != 0) throw std::bad_alloc();
  const std::lock_guard lock(registry().mutex);
  registry().observers.push_back(this);
}

void ForkObserver::ignore_forks() {
  const std::lock_guard lock(registry().mutex);
  std::erase(registry().observers, this);
}

}  // namespace fastsamplers
