#include "fastsamplers/packing/length_runs.hpp"

#include <algorithm>

#include "fastsamplers/lengths/bucket_argsort.hpp"

namespace fastsamplers::packing {

LengthRuns::LengthRuns(const IntegerArray& values, const lengths::KeyRule& rule,
                       std::span<const u32> order)
    : values_(values), rule_(rule), order_(order) {
  if (rule.range >= lengths::kMostBuckets) return;
  counts_.resize(static_cast<std::size_t>(rule.range) + 1);
  std::array<u32, lengths::kKeyBlock> keys;
  for (u64 i = 0; i < values.size; i += keys.size()) {
    const auto count = static_cast<std::size_t>(std::min<u64>(keys.size(), values.size - i));
    lengths::read_keys<u32>(values, rule, i, {keys.data(), count});
    for (std::size_t k = 0; k < count; ++k) ++counts_[keys[k]];
  }
}

bool LengthRuns::next(LengthRun& run) {
  return counts_.empty() ? next_gathered(run) : next_counted(run);
}

bool LengthRuns::next_counted(LengthRun& run) {
  while (next_key_ < counts_.size() && counts_[next_key_] == 0) ++next_key_;
  if (next_key_ == counts_.size()) return false;
  run = {rule_.value_of(next_key_), counts_[next_key_]};
  ++next_key_;
  return true;
}

bool LengthRuns::next_gathered(LengthRun& run) {
  if (place_ == filled_) {
    if (done_ == order_.size()) return false;
    filled_ = static_cast<std::size_t>(std::min<u64>(keys_.size(), order_.size() - done_));
    lengths::gather_keys<u64>(values_, rule_, order_.subspan(done_, filled_), keys_.data());
    done_ += filled_;
    place_ = 0;
  }
  const u64 key = keys_[place_];
  const std::size_t start = place_;
  while (place_ < filled_ && keys_[place_] == key) ++place_;
  run = {rule_.value_of(key), place_ - start};
  return true;
}

}  // namespace fastsamplers::packing
