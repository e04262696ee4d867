// A stream that is read by a thread of its own, some blocks ahead of its consumer.
//
// Until the consumer has read enough to show that it wants more, and where there is little left,
// the source is read in the consumer's thread: a first batch starts no thread, nor does a small
// pass. From then on a producer keeps up to kBlocks blocks ready. prepare() is false while none is.
// What a read by the producer throws reaches the consumer when it has had all that was read before.
// Work: the source's, and a copy. Memory: kBlocks * kBlockIndices * 8 bytes beside the source's.
// Threads: used by one thread at a time; the producer is joined by seek() and by the destructor.
// Fork: waits until no producer is at work on its source; the child has none, and reads by itself.
#pragma once

#include <memory>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::order {

class ReadAhead final : public IndexStream {
 public:
  static constexpr std::size_t kBlocks = 4;
  static constexpr std::size_t kBlockIndices = std::size_t{1} << 15;
  // Steps behind the consumer, and at least before it, when the producer starts: some tenths of a
  // millisecond, ten times what a thread's start costs.
  static constexpr u64 kStartSteps = u64{1} << 17;

  // The source belongs to this stream from here on. It may be read ahead.
  explicit ReadAhead(std::shared_ptr<IndexStream> source);
  ~ReadAhead() override;

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;
  // With steps > 0 waits for the producer, a twentieth of a second at most.
  bool prepare(u64 steps) override;
  u64 work_per_index() const override { return work_per_index_; }

  // Whether a producer is at work now.
  bool is_running() const { return producer_ != nullptr; }

 private:
  class Producer;

  void start_if_worth_it();
  // Ends the producer and puts the source where the consumer is.
  void halt();

  std::shared_ptr<IndexStream> source_;
  u64 length_;
  u64 work_per_index_;
  u64 position_;
  u64 read_ = 0;  // since the last seek
  std::unique_ptr<Producer> producer_;
};

// The stream itself, or a ReadAhead of it where that may pay.
std::shared_ptr<IndexStream> read_ahead_if_slow(std::shared_ptr<IndexStream> stream);

}  // namespace fastsamplers::order
