#include "fastsamplers/order/permutation_stream.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::order {

PermutationStream::PermutationStream(const rng::Mt19937& engine, u64 n, u64 length)
    : origin_(engine), turn_engine_(engine), n_(n), length_(length) {
  check_argument(n > 0 || length == 0, "n", "positive", n);
  if (length > 0) require_permutation_memory(n);
}

void PermutationStream::open() {
  const u64 turn = position_ / n_;
  if (turn == turn_ && shuffle_.index() != 0) return;
  // The old permutation's memory goes back before the new one's is taken.
  shuffle_.emplace<std::monostate>();
  if (turn < turn_) {
    turn_engine_ = origin_;
    turn_ = 0;
  }
  turn_engine_.skip((turn - turn_) * permutation_words(n_));
  turn_ = turn;
  if (n_ < kInsideOutFrom) {
    shuffle_.emplace<ForwardShuffle>(turn_engine_, n_);
  } else {
    shuffle_.emplace<InsideOutShuffle>(turn_engine_, n_);
  }
}

bool PermutationStream::is_ready() {
  open();
  return std::holds_alternative<ForwardShuffle>(shuffle_) || steps_done() == n_;
}

u64 PermutationStream::steps_done() const {
  if (const auto* forward = std::get_if<ForwardShuffle>(&shuffle_)) return forward->steps_done();
  return std::get<InsideOutShuffle>(shuffle_).steps_done();
}

void PermutationStream::advance(u64 end) {
  if (auto* forward = std::get_if<ForwardShuffle>(&shuffle_)) {
    forward->advance(end);
  } else {
    std::get<InsideOutShuffle>(shuffle_).advance(end);
  }
}

bool PermutationStream::prepare(u64 steps) {
  if (position_ == length_) return true;
  open();
  const bool forward = std::holds_alternative<ForwardShuffle>(shuffle_);
  const u64 needed = forward ? position_ % n_ : n_;
  const u64 done = steps_done();
  if (done >= needed) return true;
  advance(done + std::min(std::max<u64>(steps, 1), needed - done));
  return steps_done() >= needed;
}

std::size_t PermutationStream::next(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size() && position_ < length_) {
    // A turn that has work before its first index leaves it to prepare(), or to the next read.
    if (!is_ready() && filled > 0) break;
    const u64 first = position_ % n_;
    const u64 most = std::min(n_ - first, length_ - position_);
    const auto count = static_cast<std::size_t>(std::min<u64>(most, out.size() - filled));
    const auto part = out.subspan(filled, count);
    if (auto* forward = std::get_if<ForwardShuffle>(&shuffle_)) {
      forward->read(first, part);
    } else {
      auto& inside_out = std::get<InsideOutShuffle>(shuffle_);
      inside_out.advance(n_);
      inside_out.read(first, part);
    }
    filled += count;
    position_ += count;
  }
  return filled;
}

std::size_t PermutationStream::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  const std::size_t count = count_strided(out.size(), stride);
  const u64 end = position_ + distance_strided(count, stride);
  for (std::size_t done = 0; done < count;) {
    open();
    const u64 first = position_ % n_;
    const u64 rest = (n_ - 1 - first) / stride + 1;  // of the turn
    const auto part =
        out.subspan(done, static_cast<std::size_t>(std::min<u64>(rest, count - done)));
    if (auto* forward = std::get_if<ForwardShuffle>(&shuffle_)) {
      forward->read_strided(first, stride, part);
    } else {
      auto& inside_out = std::get<InsideOutShuffle>(shuffle_);
      inside_out.advance(n_);
      inside_out.read_strided(first, stride, part);
    }
    done += part.size();
    position_ += part.size() * stride;
  }
  position_ = end;
  return count;
}

void PermutationStream::seek(u64 position) {
  check_position(position);
  position_ = position;
}

}  // namespace fastsamplers::order
