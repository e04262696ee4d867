// A stream whose indices come from a Python callable, block by block as they are asked for.
//
// For what other code can watch or only Python can do: draws from a generator that the user shares
// (torch draws those in blocks as the consumer proceeds), and containers that only know
// __getitem__.
#pragma once

#include <vector>

#include "bindings.hpp"
#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::python {

class CallbackStream final : public order::IndexStream {
 public:
  // draw(count) returns int64[count]; it is asked for multiples of `granularity`, or for what is
  // left of `length`.
  CallbackStream(py::function draw, u64 length, u64 granularity);
  ~CallbackStream() override;

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  // Forwards by drawing; std::invalid_argument for a position before the present one, since the
  // past is not kept.
  void seek(u64 position) override;
  bool may_read_ahead() const override { return false; }

  PyObject* draw() const { return draw_.ptr(); }

 private:
  py::function draw_;
  u64 length_;
  u64 granularity_;
  u64 position_ = 0;
  u64 drawn_ = 0;
  std::vector<i64> block_;  // the indices from position_ to drawn_ are its last ones
};

}  // namespace fastsamplers::python
