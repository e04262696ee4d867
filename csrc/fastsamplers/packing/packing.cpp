#include "fastsamplers/packing/packing.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/prefetch.hpp"
#include "fastsamplers/packing/bin_choice.hpp"

namespace fastsamplers::packing {

void require_packing_memory(const lengths::LengthSurvey& survey, u64 capacity, PackingRule rule) {
  const u64 n = survey.count;
  const u64 arrays = rule == PackingRule::sequential ? 1 : 3;
  const u64 sorting = rule == PackingRule::sequential ? 0 : lengths::argsort_bytes(survey);
  // No fewer bins than there would be of full ones: what these take while they are made.
  const double full = survey.total() / static_cast<double>(std::max<u64>(capacity, 1));
  const u64 bins = std::min(n, static_cast<u64>(full));
  require_memory(arrays * sizeof(u32) * n + std::max(sorting, 24 * bins),
                 "packing " + std::to_string(n) + " lengths", "pack them in parts");
}

Packing::Packing(const IntegerArray& values, const lengths::LengthSurvey& survey, u64 capacity,
                 PackingRule rule)
    : values_(values), survey_(survey), capacity_(capacity), rule_(rule) {
  check_argument(survey.count == values.size, "survey", "of all lengths", survey.count);
  check_argument(values.size < lengths::kMostSorted, "lengths", "fewer than 2**32", values.size);
  if (values.size > 0) {
    check_argument(!survey.has_negative && survey.greatest <= capacity, "capacity",
                   "at least the greatest length", capacity);
  }
  bins_.indices.resize(values.size);
  if (values.size == 0 || rule == PackingRule::sequential) {
    stage_ = values.size == 0 ? Stage::done : Stage::choose;
    bins_.offsets.push_back(0);
    return;
  }
  sorted_.resize(values.size);
  bin_of_.resize(values.size);
  argsort_ = std::make_unique<lengths::BucketArgsort<u32>>(
      values, survey, true, std::span<u32>{sorted_.data(), sorted_.size()});
}

Packing::~Packing() = default;

bool Packing::advance(u64 steps) {
  switch (stage_) {
    case Stage::sort:
      if (!argsort_->advance(steps)) break;
      argsort_.reset();
      runs_ = std::make_unique<LengthRuns>(values_, survey_.descending(),
                                           std::span<const u32>{sorted_});
      choice_ = rule_ == PackingRule::best_fit_decreasing
                    ? best_fit_choice(capacity_, survey_.least)
                    : first_fit_choice(capacity_);
      stage_ = Stage::choose;
      break;
    case Stage::choose:
      if (rule_ == PackingRule::sequential) {
        if (fill_in_sequence(steps)) stage_ = Stage::done;
      } else if (choose(steps)) {
        begin_bins();
        stage_ = Stage::gather;
      }
      break;
    case Stage::gather:
      if (gather(steps)) stage_ = Stage::done;
      break;
    case Stage::done: break;
  }
  return stage_ == Stage::done;
}

void Packing::put_into(u32 bin, u64 count) {
  std::fill_n(bin_of_.begin() + static_cast<std::ptrdiff_t>(done_), count, bin);
  done_ += count;
  if (bin == counts_.size()) counts_.push_back(0);
  counts_[bin] += static_cast<u32>(count);
}

bool Packing::choose(u64 steps) {
  const u64 end = done_ + std::min<u64>(steps, values_.size - done_);
  while (done_ < end) {
    if (run_.count == 0) runs_->next(run_);
    const BinChoice::Chosen chosen = choice_->take(run_.length, run_.count);
    put_into(chosen.bin, chosen.count);
    run_.count -= chosen.count;
  }
  return done_ == values_.size;
}

void Packing::begin_bins() {
  choice_.reset();
  runs_.reset();
  done_ = 0;
  bins_.offsets.resize(counts_.size() + 1);
  bins_.offsets[0] = 0;
  std::partial_sum(counts_.begin(), counts_.end(), bins_.offsets.begin() + 1);
  std::copy(bins_.offsets.begin(), bins_.offsets.end() - 1, counts_.begin());
}

bool Packing::gather(u64 steps) {
  const u64 n = values_.size;
  const u64 end = done_ + std::min(steps, n - done_);
  u32* const places = counts_.data();
  u32* const out = bins_.indices.data();
  // A bin's place is asked for twice as far ahead as what stands there.
  constexpr u64 kNear = kPrefetchSteps / 2;
  for (u64 k = done_; k < end; ++k) {
    if (k + 2 * kNear < n) prefetch_for_write(places + bin_of_[k + 2 * kNear]);
    if (k + kNear < n) prefetch_for_write(out + places[bin_of_[k + kNear]]);
    out[places[bin_of_[k]]++] = sorted_[k];
  }
  done_ = end;
  if (end < n) return false;
  sorted_ = {};
  bin_of_ = {};
  counts_ = {};
  return true;
}

bool Packing::fill_in_sequence(u64 steps) {
  const u64 n = values_.size;
  const u64 end = done_ + std::min(steps, n - done_);
  const lengths::KeyRule rule = {0, survey_.greatest, false};
  std::array<u64, lengths::kKeyBlock> block;
  if (done_ == 0) left_ = capacity_;
  for (u64 i = done_; i < end; i += block.size()) {
    const auto count = static_cast<std::size_t>(std::min<u64>(block.size(), end - i));
    lengths::read_keys<u64>(values_, rule, i, {block.data(), count});
    for (std::size_t k = 0; k < count; ++k) {
      if (block[k] > left_) {
        bins_.offsets.push_back(static_cast<u32>(i + k));
        left_ = capacity_;
      }
      left_ -= block[k];
      bins_.indices[i + k] = static_cast<u32>(i + k);
    }
  }
  done_ = end;
  if (end < n) return false;
  bins_.offsets.push_back(static_cast<u32>(n));
  return true;
}

}  // namespace fastsamplers::packing
