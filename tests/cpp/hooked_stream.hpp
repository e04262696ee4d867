// A stream of 0, 1, 2, ... that lets a test look at, shorten, hold up or fail each of its reads.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <numeric>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::test {

class HookedStream final : public order::IndexStream {
 public:
  // Called before a read of indices [first, first + count); returns how many the read may give.
  using Hook = std::function<u64(u64 first, u64 count)>;

  HookedStream(u64 length, Hook hook, u64 work_per_index = 1)
      : length_(length), work_per_index_(work_per_index), hook_(std::move(hook)) {}

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  u64 work_per_index() const override { return work_per_index_; }
  bool prepare(u64 /*steps*/) override { return is_prepared; }
  std::size_t next(std::span<i64> out) override {
    u64 count = std::min<u64>(out.size(), remaining());
    if (count > 0) count = hook_(position_, count);
    const auto part = out.first(static_cast<std::size_t>(count));
    std::iota(part.begin(), part.end(), static_cast<i64>(position_));
    position_ += count;
    return part.size();
  }
  void seek(u64 position) override {
    check_position(position);
    position_ = position;
  }

  std::atomic<bool> is_prepared = true;

 private:
  u64 length_;
  u64 work_per_index_;
  u64 position_ = 0;
  Hook hook_;
};

inline std::shared_ptr<HookedStream> counting(u64 length, u64 work_per_index = 1) {
  return std::make_shared<HookedStream>(
      length, [](u64, u64 count) { return count; }, work_per_index);
}

}  // namespace fastsamplers::test
