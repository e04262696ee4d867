#include "fastsamplers/batch/rank_batches.hpp"

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::batch {

void RankBatches::seek(u64 position) {
  check_argument(position <= length(), "position", "at most the number of batches", position);
  position_ = position;
}

bool RankBatches::next(std::vector<i64>& indices) {
  if (position_ == length()) return false;
  batch_ = order_.batch_at(position_);
  indices.resize(plan_->size(batch_));
  plan_->read(batch_, indices);
  ++position_;
  return true;
}

}  // namespace fastsamplers::batch
