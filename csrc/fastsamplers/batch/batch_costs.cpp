#include "fastsamplers/batch/batch_costs.hpp"

#include <algorithm>

namespace fastsamplers::batch {

bool BatchCosts::advance(u64 steps) {
  const u64 batches = plan_->count();
  for (u64 read = 0; read < steps && done_ < batches; ++done_) {
    const u64 size = plan_->size(done_);
    batch_.resize(size);
    keys_.resize(size);
    plan_->read(done_, batch_);
    indices_.assign(batch_.begin(), batch_.end());
    lengths::gather_keys<u64>(values_, rule_, indices_, keys_.data());
    u64 longest = 0;
    u64 sum = 0;
    for (const u64 key : keys_) {
      longest = std::max(longest, rule_.value_of(key));
      sum += rule_.value_of(key);
    }
    out_.samples[done_] = static_cast<i64>(size);
    out_.longest[done_] = static_cast<i64>(longest);
    out_.sums[done_] = static_cast<i64>(sum);
    read += size + 1;
  }
  return done_ == batches;
}

}  // namespace fastsamplers::batch
