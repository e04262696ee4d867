#include "fastsamplers/batch/token_batches.hpp"

#include <algorithm>

#include "fastsamplers/batch/plan_seed.hpp"

namespace fastsamplers::batch {

TokenBatches::TokenBatches(std::shared_ptr<const TokenCut> cut, bool shuffle, u64 seed, u64 epoch)
    : cut_(std::move(cut)), shuffle_(shuffle), seed_(seed), epoch_(epoch) {
  if (shuffle) shuffles_.resize(cut_->classes.size());
}

u64 TokenBatches::end_of_class(std::size_t number) const {
  return number + 1 < cut_->classes.size() ? cut_->classes[number + 1].first : cut_->indices.size();
}

void TokenBatches::read(u64 batch, std::span<i64> out) {
  u64 place = cut_->first(batch);
  const auto& classes = cut_->classes;
  const auto after = std::upper_bound(
      classes.begin(), classes.end(), place,
      [](u64 wanted, const LengthClass& candidate) { return wanted < candidate.first; });
  auto number = static_cast<std::size_t>(after - classes.begin()) - 1;
  for (std::size_t done = 0; done < out.size(); ++number) {
    const auto count =
        static_cast<std::size_t>(std::min<u64>(out.size() - done, end_of_class(number) - place));
    read_class(number, place, out.subspan(done, count));
    done += count;
    place += count;
  }
}

void TokenBatches::read_class(std::size_t number, u64 first, std::span<i64> out) {
  const u64 start = cut_->classes[number].first;
  const u32* const samples = cut_->indices.data() + start;
  if (!shuffle_) {
    std::copy_n(samples + (first - start), out.size(), out.begin());
    return;
  }
  shuffle_of(number).values_of_range(static_cast<i64>(first - start), 1, out);
  for (i64& index : out) index = samples[index];
}

const order::IndexShuffle& TokenBatches::shuffle_of(std::size_t number) {
  auto& shuffle = shuffles_[number];
  if (!shuffle) {
    const u64 size = end_of_class(number) - cut_->classes[number].first;
    shuffle = std::make_unique<order::IndexShuffle>(
        size, plan_seed(seed_, Purpose::classes, number), epoch_);
  }
  return *shuffle;
}

}  // namespace fastsamplers::batch
