// One pass of a sampler, as its iterators read it: the streams that a Python iterator hands out one
// after another, each asked for when the one before it has ended.
//
// The Python iterator (often a generator) is where a sampler draws its seed or advances a shared
// generator, so the moment it is resumed is part of torch's semantics: at the first read, and then
// only when the consumer asks for an index past the end of the present stream.
#pragma once

#include <memory>
#include <span>

#include "bindings.hpp"
#include "fastsamplers/order/index_stream.hpp"
#include "signals.hpp"

namespace fastsamplers::python {

class Pass {
 public:
  // Steals a reference to an iterator over IndexStream objects, and counts from 0 again.
  void open(PyObject* streams);

  // Reads into `out` until `filled`, which counts what lies there already, is at least `needed`;
  // goes on to the end of `out` where reading ahead goes unnoticed and the present stream has more.
  // Afterwards filled < needed means that the pass has ended. Long work runs without the
  // interpreter lock and answers signals between its parts; what a signal handler raises leaves the
  // pass, and `filled`, where a later call goes on. Any other error ends the pass, as it ends a
  // generator.
  void read(std::span<i64> out, std::size_t needed, std::size_t& filled);

  void close();
  // Whether there may be more to read.
  bool is_open() const { return streams_ != nullptr || stream_ != nullptr; }

  // Indices read since open(), without those that unread() has given back.
  u64 read_count() const { return read_; }
  // `count` of the indices read last will not be handed out: they do not count as read.
  void unread(std::size_t count) { read_ -= count; }
  // Whether all streams have been read to their end.
  bool is_exhausted() const { return is_exhausted_; }

  int traverse(visitproc visit, void* arg) const;

 private:
  bool open_next_stream();
  // How many indices the next read may take, of `free` places, with `missing` indices asked for.
  std::size_t room(std::size_t free, std::size_t missing, u64 work_per_index) const;

  PyObject* streams_ = nullptr;
  std::shared_ptr<order::IndexStream> stream_;
  u64 work_ = 0;  // steps behind the indices read so far
  u64 read_ = 0;
  bool is_exhausted_ = false;
};

// Refuses to run an iterator that is already running, as a generator does: another thread may come
// while the lock is released, or a callback may come back.
class Running {
 public:
  // Throws ValueError when `running` is set already.
  explicit Running(bool& running);
  ~Running() { running_ = false; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  bool& running_;
};

// container.indices[index] as Python gives it: what SubsetRandomSampler yields.
PyObject* item_of_subset(PyObject* sampler, i64 index);

}  // namespace fastsamplers::python
