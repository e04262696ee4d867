#include "fastsamplers/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "thread_counts.hpp"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#define FASTSAMPLERS_HAS_SIGNALS 1
#endif

namespace fastsamplers {
namespace {

#if defined(__unix__) || defined(__APPLE__)

// OMP_NUM_THREADS as it should be for as long as this lives; nullptr for none.
class OmpNumThreads {
 public:
  explicit OmpNumThreads(const char* value) {
    if (const char* const before = std::getenv(kName)) before_ = before;
    set(value);
  }
  ~OmpNumThreads() { set(before_ ? before_->c_str() : nullptr); }
  OmpNumThreads(const OmpNumThreads&) = delete;
  OmpNumThreads& operator=(const OmpNumThreads&) = delete;

 private:
  static constexpr const char* kName = "OMP_NUM_THREADS";

  static void set(const char* value) {
    if (value == nullptr) {
      unsetenv(kName);
    } else {
      setenv(kName, value, 1);
    }
  }

  std::optional<std::string> before_;
};

std::size_t default_with(const char* value) {
  const OmpNumThreads environment(value);
  return default_thread_count();
}

TEST_CASE("OMP_NUM_THREADS limits the default number of threads", "[base][parallel]") {
  const std::size_t all = default_with(nullptr);
  CHECK(all >= 1);
  CHECK(all <= kMostThreads);
  CHECK(default_with("1") == 1);
  CHECK(default_with("1,8") == 1);
  CHECK(default_with(" 1 ") == 1);
  CHECK(default_with("4,2") == std::min<std::size_t>(all, 4));
  CHECK(default_with("2") == std::min<std::size_t>(all, 2));
  CHECK(default_with("1000000") == all);
  CHECK(default_with("99999999999999999999999") == all);
  // What is no number of threads says nothing.
  for (const char* const value : {"0", "0,1", "-1", "junk", "junk1", ",1", ""}) {
    INFO("OMP_NUM_THREADS=" << value);
    CHECK(default_with(value) == all);
  }
}

#if defined(__linux__)
TEST_CASE("the default number of threads is that of the processors allowed", "[base][parallel]") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof(before), &before) == 0);
  CHECK(default_with(nullptr) == static_cast<std::size_t>(CPU_COUNT(&before)));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
  const std::size_t limited = default_with(nullptr);
  REQUIRE(sched_setaffinity(0, sizeof(before), &before) == 0);
  CHECK(limited == 1);
}
#endif

#endif

TEST_CASE("the number of threads is what was set last", "[base][parallel]") {
  const test::ThreadCount restored(thread_count());
  for (const i64 count : {1, 2, 7, 1024}) {
    set_thread_count(count);
    CHECK(thread_count() == static_cast<std::size_t>(count));
  }
}

TEST_CASE("a number of threads that cannot be is refused by name, rule and value",
          "[base][parallel]") {
  const test::ThreadCount three(3);
  for (const i64 count : {i64{0}, i64{-1}, i64{1025}, i64{1} << 40, i64{-1} << 63}) {
    CHECK_THROWS_MATCHES(set_thread_count(count), std::invalid_argument,
                         Catch::Message("num_threads should be in [1, 1024], but got num_threads=" +
                                        std::to_string(count)));
    CHECK(thread_count() == 3);
  }
}

TEST_CASE("a team runs its body once for each of its threads", "[base][parallel]") {
  for (const std::size_t wanted : {1, 2, 3, 8, 17}) {
    INFO(wanted << " threads");
    ThreadTeam team(wanted);
    REQUIRE(team.size() == wanted);
    std::vector<int> calls(wanted, 0);
    std::vector<std::thread::id> ids(wanted);
    // Nobody leaves before all have come: they run together.
    Barrier barrier(wanted, [] {});
    team.run([&](std::size_t thread) {
      ++calls.at(thread);
      ids[thread] = std::this_thread::get_id();
      barrier.arrive_and_wait();
    });
    CHECK(calls == std::vector<int>(wanted, 1));
    CHECK(ids[0] == std::this_thread::get_id());
    CHECK(std::set(ids.begin(), ids.end()).size() == wanted);
  }
}

TEST_CASE("run returns when the last thread has", "[base][parallel]") {
  for (std::size_t slow = 0; slow < 4; ++slow) {
    std::atomic<int> done = 0;
    ThreadTeam team(4);
    team.run([&](std::size_t thread) {
      if (thread == slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done;
    });
    CHECK(done == 4);
  }
}

#if defined(__linux__)
std::size_t threads_of_process() {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Iterator("/proc/self/task"), Iterator()));
}

// A thread that has been joined may be listed for a moment yet.
bool threads_come_to(std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (threads_of_process() != count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_CASE("no thread outlives its team, dismissed or not", "[base][parallel]") {
  {
    ThreadTeam first(2);
  }  // whatever the first thread of a process brings with it
  const std::size_t before = threads_of_process();
  for (int round = 0; round < 50; ++round) {
    ThreadTeam team(5);
    if (round % 2 == 0) team.run([](std::size_t) {});
  }
  CHECK(threads_come_to(before));
}
#endif

TEST_CASE("a team that is dismissed at once joins", "[base][parallel]") {
  for (int round = 0; round < 200; ++round) ThreadTeam team(1 + round % 8);
}

// What is written before a meeting is read behind it without any other order between the threads,
// so that ThreadSanitizer sees a meeting that does not order them.
TEST_CASE("a barrier's completion runs once a round, between all and all", "[base][parallel]") {
  for (std::size_t threads = 1; threads <= 8; ++threads) {
    const u64 rounds = threads <= 2 ? 5000 : 400;
    std::vector<u64> arrived(threads, 0);
    u64 completions = 0;
    u64 missing = 0;             // who had not come when a completion ran
    std::atomic<u64> wrong = 0;  // who left before the completion, or after another
    Barrier barrier(threads, [&] {
      ++completions;
      for (const u64 round : arrived) missing += round == completions ? 0 : 1;
    });
    ThreadTeam team(threads);
    REQUIRE(team.size() == threads);
    team.run([&](std::size_t thread) {
      for (u64 round = 1; round <= rounds; ++round) {
        // Now and then one is so late that the others go to sleep.
        if (round % 97 == 0 && round / 97 % threads == thread) {
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        arrived[thread] = round;
        barrier.arrive_and_wait();
        // The next completion needs this thread, so none can run here.
        if (completions != round) ++wrong;
      }
    });
    INFO(threads << " threads");
    CHECK(completions == rounds);
    CHECK(missing == 0);
    CHECK(wrong == 0);
  }
}

#if defined(FASTSAMPLERS_HAS_SIGNALS)

constexpr int kSignals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
                            SIGUSR2, SIGCHLD, SIGALRM, SIGPIPE, SIGPROF};

// How many of them the calling thread has blocked.
int blocked_signals() {
  sigset_t mask;
  if (pthread_sigmask(SIG_BLOCK, nullptr, &mask) != 0) return -1;
  return static_cast<int>(std::count_if(std::begin(kSignals), std::end(kSignals), [&](int signal) {
    return sigismember(&mask, signal) == 1;
  }));
}

TEST_CASE("new threads receive no signals, and the calling one those it did", "[base][parallel]") {
  constexpr int kAll = static_cast<int>(std::size(kSignals));
  const int before = blocked_signals();
  REQUIRE(before < kAll);

  int alone = -1;
  thread_without_signals([&] { alone = blocked_signals(); }).join();
  CHECK(alone == kAll);
  CHECK(blocked_signals() == before);

  std::vector<int> blocked(5, -1);
  {
    ThreadTeam team(blocked.size());
    CHECK(blocked_signals() == before);
    team.run([&](std::size_t thread) { blocked.at(thread) = blocked_signals(); });
  }
  CHECK(blocked[0] == before);
  CHECK(std::count(blocked.begin() + 1, blocked.end(), kAll) == 4);
}

TEST_CASE("a signal that was blocked stays blocked", "[base][parallel]") {
  sigset_t one;
  sigset_t before;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR2);
  REQUIRE(pthread_sigmask(SIG_BLOCK, &one, &before) == 0);
  const int blocked = blocked_signals();
  {
    ThreadTeam team(3);
  }
  CHECK(blocked_signals() == blocked);
  REQUIRE(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

#endif

}  // namespace
}  // namespace fastsamplers
