#include "fastsamplers/batch/token_cut.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"

namespace fastsamplers::batch {
namespace {

// Bits of a length, from its highest on, that tell classes apart.
constexpr int kClassBits = 6;

}  // namespace

u64 class_of_length(u64 length) {
  const int more = std::max(0, static_cast<int>(std::bit_width(length)) - kClassBits);
  return (static_cast<u64>(more) << kClassBits) + (length >> more);
}

TokenCutter::TokenCutter(const IntegerArray& values, const lengths::LengthSurvey& survey,
                         TokenRule rule)
    : values_(values), survey_(survey), rule_(std::move(rule)), cut_(std::make_shared<TokenCut>()) {
  check_argument(rule_.max_samples > 0, "max_samples", "positive", rule_.max_samples);
  check_argument(rule_.multiple > 0, "required_multiple", "positive", rule_.multiple);
  check_argument(values.size < lengths::kMostSorted, "lengths", "fewer than 2**32", values.size);
  check_argument(survey.count == values.size, "survey", "of all lengths", survey.count);
  require_memory(4 * values.size, "a plan for " + std::to_string(values.size) + " lengths",
                 "fewer lengths would need less");
  lengths::require_argsort_memory(survey);
  cut_->indices.resize(values.size);
  argsort_.emplace(values, survey, true,
                   std::span<u32>{cut_->indices.data(), cut_->indices.size()});
}

bool TokenCutter::advance(u64 steps) {
  if (argsort_) {
    if (!argsort_->advance(steps)) return false;
    argsort_.reset();
    runs_ = std::make_unique<packing::LengthRuns>(values_, survey_.descending(),
                                                  std::span<const u32>{cut_->indices});
  }
  if (runs_) {
    if (!find_classes(steps)) return false;
    runs_.reset();
    done_ = 0;
  }
  for (u64 step = 0; step < steps && done_ < values_.size; ++step) cut_batch();
  if (done_ < values_.size) return false;
  auto& ends = cut_->ends;
  if (rule_.drop_last && !ends.empty()) {
    const u64 last = ends.back() - cut_->first(ends.size() - 1);
    if (last % rule_.multiple != 0) ends.pop_back();
  }
  return true;
}

bool TokenCutter::find_classes(u64 steps) {
  auto& classes = cut_->classes;
  const u64 end = done_ + std::min(steps, values_.size - done_);
  for (packing::LengthRun run; done_ < end && runs_->next(run); done_ += run.count) {
    if (classes.empty() || class_of_length(classes.back().longest) != class_of_length(run.length)) {
      classes.push_back({done_, run.length});
    }
  }
  return done_ == values_.size;
}

u64 TokenCutter::end_of_class(std::size_t number) const {
  return number + 1 < cut_->classes.size() ? cut_->classes[number + 1].first : values_.size;
}

void TokenCutter::cut_batch() {
  while (done_ >= end_of_class(class_)) ++class_;
  const u64 rest = values_.size - done_;
  u64 samples = rule_.is_sum ? samples_for_sum() : samples_for_longest();
  if (samples == 0) {
    const u64 longest = cut_->classes[class_].longest;
    throw std::invalid_argument("lengths should be within the budget, one by one, but index " +
                                std::to_string(cut_->indices[done_]) + " has a length of up to " +
                                std::to_string(longest));
  }
  samples = std::min({samples, rule_.max_samples, rest});
  if (samples >= rule_.multiple) samples -= samples % rule_.multiple;
  done_ += samples;
  cut_->ends.push_back(static_cast<u32>(done_));
}

u64 TokenCutter::samples_for_longest() {
  if (limit_class_ != class_) {
    const u64 longest = cut_->classes[class_].longest;
    if (rule_.limit) {
      limit_ = rule_.limit(longest);
    } else {
      limit_ = longest == 0 ? ~u64{0} : rule_.budget / longest;
    }
    limit_class_ = class_;
  }
  return limit_;
}

u64 TokenCutter::samples_for_sum() const {
  u64 budget = rule_.budget;
  u64 samples = 0;
  u64 place = done_;
  for (std::size_t number = class_; number < cut_->classes.size(); ++number) {
    const u64 longest = cut_->classes[number].longest;
    const u64 in_class = end_of_class(number) - place;
    const u64 fitting = longest == 0 ? in_class : std::min(in_class, budget / longest);
    budget -= fitting * longest;
    samples += fitting;
    place += fitting;
    if (fitting < in_class || samples >= rule_.max_samples) break;
  }
  return samples;
}

}  // namespace fastsamplers::batch
