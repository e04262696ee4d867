#include "fastsamplers/batch/rank_batches.hpp"

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::batch {

void RankBatches::seek(u64 position) {
  check_argument(position <= length(), "position", "at most the number of batches", position);
  position_ = position;
}

u64 RankBatches::next_size() {
  if (position_ == length()) return 0;
  if (chosen_ != position_) {
    batch_ = order_.batch_at(position_);
    size_ = plan_->size(batch_);
    chosen_ = position_;
  }
  return size_;
}

bool RankBatches::next(std::vector<i64>& indices) {
  if (position_ == length()) return false;
  indices.resize(next_size());
  plan_->read(batch_, indices);
  ++position_;
  return true;
}

}  // namespace fastsamplers::batch
