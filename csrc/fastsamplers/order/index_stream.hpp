// IndexStream: a finite sequence of int64 indices that is read in blocks.
//
// Every order is one (sequential, permutation, with replacement, subset), and so is a shard of one;
// a batch sampler cuts one. A stream is a pure function of what it was built from, so its only
// moving part is its position: constructor arguments plus position() are its whole state, and
// seek() is how a state is put back.
//
// Contract
//   next(out)          fills `out` from its front and returns how many: all of it, or what the
//   stream
//                      still has, or fewer where more work has to be prepared; 0 only at the end
//   fill(out)          the same, to the end of `out` or of the stream
//   next_strided(...)  the same for every stride-th index from here on
//   seek(position)     any position in [0, length()], forwards or backwards; cheap by itself, the
//                      work it causes is done by prepare() or by the next read
//   prepare(steps)     does at most about `steps` units of the work that stands between here and
//                      the next index; true when none is left. A caller that wants to show progress
//                      or to be interruptible calls it in a loop before next(); nobody has to.
//   work_per_index()   about how many steps an index takes: what bounds the work of one read
//   work_per_strided_index(stride)   the same where only each stride-th is read
//   is_slow()          true when an index costs so much that a thread of its own may pay
//   may_read_ahead()   false when drawing an index before it is asked for can be noticed from
//                      outside (a generator that other code shares)
// Threads: one stream is used by one thread at a time.
#pragma once

#include <span>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::order {

class IndexStream {
 public:
  virtual ~IndexStream() = default;
  IndexStream() = default;
  IndexStream(const IndexStream&) = delete;
  IndexStream& operator=(const IndexStream&) = delete;

  virtual u64 length() const = 0;
  virtual u64 position() const = 0;
  virtual std::size_t next(std::span<i64> out) = 0;
  // std::invalid_argument when position > length().
  virtual void seek(u64 position) = 0;
  virtual bool prepare(u64 /*steps*/) { return true; }
  virtual u64 work_per_index() const { return 1; }
  // By default that of all indices in between, too.
  virtual u64 work_per_strided_index(u64 stride) const;
  virtual bool is_slow() const { return false; }
  virtual bool may_read_ahead() const { return true; }
  std::size_t fill(std::span<i64> out);

  // out[k] = the index at position() + k * stride; moves stride places for each one read, to the
  // end at most. The default reads everything and keeps what falls on the stride.
  virtual std::size_t next_strided(std::span<i64> out, u64 stride);

 protected:
  u64 remaining() const { return length() - position(); }
  // How many of `most` places, `stride` apart, the rest of the stream fills.
  std::size_t count_strided(std::size_t most, u64 stride) const;
  // How far reading `count` of them moves the position, at most to the end.
  u64 distance_strided(std::size_t count, u64 stride) const;
  void check_position(u64 position) const;
};

}  // namespace fastsamplers::order
