#include "fastsamplers/base/fork.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "child.hpp"

namespace fastsamplers {
namespace {

class Observer final : public ForkObserver {
 public:
  void before_fork() override { ++before; }
  void after_fork(bool is_child) override { ++(is_child ? child : parent); }
  using ForkObserver::ignore_forks;
  using ForkObserver::observe_forks;

  bool was_told(int times, int in_parent, int in_child) const {
    return before == times && parent == in_parent && child == in_child;
  }

  int before = 0;
  int parent = 0;
  int child = 0;
};

TEST_CASE("observers are told of a fork on both sides", "[base][fork]") {
  std::array<Observer, 3> observers;
  for (Observer& observer : observers) observer.observe_forks();
  CHECK(test::in_child([&] {
          bool right = true;
          for (const Observer& observer : observers) right &= observer.was_told(1, 0, 1);
          return right;
        }) == test::kRight);
  for (const Observer& observer : observers) CHECK(observer.was_told(1, 1, 0));

  CHECK(test::in_child([&] { return observers[2].was_told(2, 1, 1); }) == test::kRight);
  CHECK(observers[2].was_told(2, 2, 0));
  for (Observer& observer : observers) observer.ignore_forks();
}

TEST_CASE("an observer that has been removed is told no more", "[base][fork]") {
  Observer kept, removed, never;
  kept.observe_forks();
  removed.observe_forks();
  removed.ignore_forks();
  never.ignore_forks();  // does no harm
  CHECK(test::in_child([&] { return kept.was_told(1, 0, 1) && removed.was_told(0, 0, 0); }) ==
        test::kRight);
  CHECK(kept.was_told(1, 1, 0));
  CHECK(removed.was_told(0, 0, 0));

  removed.observe_forks();
  kept.ignore_forks();
  CHECK(test::in_child([&] { return kept.was_told(1, 1, 0) && removed.was_told(1, 0, 1); }) ==
        test::kRight);
  CHECK(kept.was_told(1, 1, 0));
  CHECK(removed.was_told(1, 1, 0));
  removed.ignore_forks();
}

TEST_CASE("a child adds and removes observers of its own, and forks", "[base][fork]") {
  Observer inherited;
  inherited.observe_forks();
  CHECK(test::in_child([&] {
          Observer own;
          own.observe_forks();
          const bool grandchild = test::in_child([&] {
                                    return own.was_told(1, 0, 1) && inherited.was_told(2, 0, 2);
                                  }) == test::kRight;
          own.ignore_forks();
          inherited.ignore_forks();
          return grandchild && own.was_told(1, 1, 0) && inherited.was_told(2, 1, 1);
        }) == test::kRight);
  CHECK(inherited.was_told(1, 1, 0));
  inherited.ignore_forks();
}

// Observers come and go in three threads beside `forks` forks.
void come_and_go_beside(int forks) {
  std::atomic<bool> is_over = false;
  std::atomic<int> torn = 0;
  const auto come_and_go = [&] {
    while (!is_over) {
      Observer observer;
      observer.observe_forks();
      std::this_thread::yield();
      observer.ignore_forks();  // returns when a fork under way is over
      torn += observer.before != observer.parent || observer.child != 0;
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back(come_and_go);
  int wrong = 0;
  for (int k = 0; k < forks; ++k) {
    wrong += test::in_child([] {
               Observer observer;  // the registry is free in the child
               observer.observe_forks();
               observer.ignore_forks();
               return observer.was_told(0, 0, 0);
             }) != test::kRight;
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(torn == 0);
}

TEST_CASE("coming and going beside forks, an observer is told both halves or none",
          "[base][fork]") {
  Observer first;
  first.observe_forks();
  first.ignore_forks();
  come_and_go_beside(8);
}

// Handlers that the first observer installs, and not the loading of this code, let the child of the
// first fork hang in about one process of 25. A process of its own runs this (CMakeLists.txt).
TEST_CASE("the first observer comes beside the first fork", "[.first_fork]") {
  come_and_go_beside(2);
}

}  // namespace
}  // namespace fastsamplers
