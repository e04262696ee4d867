// Objects that have a thread, and the forks of the process they live in.
//
// A fork copies memory as it is at that moment and no thread but the one that calls it. An observer
// brings its object to rest before, and learns afterwards on which side it is.
#pragma once

namespace fastsamplers {

class ForkObserver {
 public:
  virtual ~ForkObserver() = default;

  // Both are called in the forking thread, before_fork() for every observer before any fork and
  // after_fork() for each of them after it, in the parent and in the child.
  virtual void before_fork() = 0;
  virtual void after_fork(bool is_child) = 0;

 protected:
  // std::bad_alloc, and nothing has changed.
  void observe_forks();
  // Waits while a fork is under way.
  void ignore_forks();
};

}  // namespace fastsamplers
