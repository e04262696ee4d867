#include "fastsamplers/batch/packed_batches.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/batch/plan_seed.hpp"

namespace fastsamplers::batch {

PackedBatches::PackedBatches(std::shared_ptr<const packing::Bins> bins, const PackedRule& rule)
    : bins_(std::move(bins)), rule_(rule) {
  check_argument(rule.batch_size > 0, "batch_size", "positive", rule.batch_size);
  if (rule.shuffle && bins_->count() > 0) {
    shuffle_.emplace(bins_->count(), plan_seed(rule.seed, Purpose::bins), rule.epoch);
  }
}

template <class Body>
void PackedBatches::for_bins(u64 batch, const Body& body) const {
  const u64 first = batch * rule_.batch_size;
  const u64 end = first + std::min(rule_.batch_size, bins_->count() - first);
  for (u64 place = first; place < end; ++place) {
    body(bins_->of(shuffle_ ? static_cast<u64>(shuffle_->value_at(static_cast<i64>(place)))
                            : place));
  }
}

u64 PackedBatches::size(u64 batch) const {
  u64 size = 0;
  for_bins(batch, [&](std::span<const u32> bin) { size += bin.size(); });
  return size;
}

std::optional<u64> PackedBatches::short_batch() const {
  if (rule_.drop_last || bins_->count() % rule_.batch_size == 0) return std::nullopt;
  return count() - 1;
}

void PackedBatches::read(u64 batch, std::span<i64> out) {
  auto place = out.begin();
  for_bins(batch,
           [&](std::span<const u32> bin) { place = std::copy(bin.begin(), bin.end(), place); });
}

void PackedBatches::read_bins(u64 batch, std::vector<u64>& sizes) {
  sizes.clear();
  for_bins(batch, [&](std::span<const u32> bin) { sizes.push_back(bin.size()); });
}

}  // namespace fastsamplers::batch
