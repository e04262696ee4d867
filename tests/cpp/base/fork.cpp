#include "fastsamplers/base/fork.hpp"

#include <array>
#include <catch2/catch.hpp>

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

}  // namespace
}  // namespace fastsamplers
