#include "fastsamplers/batch/token_cut.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"

namespace fastsamplers::batch {

u64 class_of_length(u64 length, u32 bits) {
  const u32 more =
      static_cast<u32>(std::max<int>(0, std::bit_width(length) - static_cast<int>(bits)));
  return (u64{more} << bits) + (length >> more);
}

TokenCutter::TokenCutter(const IntegerArray& values, const lengths::LengthSurvey& survey,
                         TokenRule rule)
    : values_(values), survey_(survey), rule_(std::move(rule)), cut_(std::make_shared<TokenCut>()) {
  check_argument(rule_.max_samples > 0, "max_samples", "positive", rule_.max_samples);
  check_argument(rule_.multiple > 0, "required_multiple", "positive", rule_.multiple);
  check_argument(values.size < lengths::kMostSorted, "lengths", "fewer than 2**32", values.size);
  check_argument(survey.count == values.size, "survey", "of all lengths", survey.count);
  require_memory(4 * values.size + lengths::argsort_bytes(survey),
                 "a plan for " + std::to_string(values.size) + " lengths",
                 "fewer lengths, or such as span less than 65,536, would need less");
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
  const u64 end = done_ + std::min(steps, values_.size - done_);
  for (packing::LengthRun run; done_ < end && runs_->next(run); done_ += run.count) {
    if (begins_class(run.length)) cut_->classes.push_back({done_, run.length, asked_});
  }
  return done_ == values_.size;
}

bool TokenCutter::begins_class(u64 length) {
  const bool is_first = cut_->classes.empty();
  const u64 longest = is_first ? 0 : cut_->classes.back().longest;
  if (rule_.is_sum) {
    const u32 bits = bits_of_sum(length);
    return is_first || bits_of_sum(longest) != bits ||
           class_of_length(longest, bits) != class_of_length(length, bits);
  }
  const u64 many = std::min(rule_.max_samples, kFewSamples + 1);
  u64 limit = many;
  asked_ = 0;
  if (is_first || class_limit_ < many) {  // where many fit, no fewer of shorter ones do
    asked_ = limit_of(length);
    limit = std::min(asked_, many);
  }
  const bool is_other = limit != std::exchange(class_limit_, limit);
  return is_first || is_other || class_of_length(longest) != class_of_length(length);
}

u32 TokenCutter::bits_of_sum(u64 length) const {
  return length > 0 && rule_.budget / length <= kFewSamples ? kFineClassBits : kClassBits;
}

u64 TokenCutter::limit_of(u64 longest) const {
  if (rule_.limit) return rule_.limit(longest);
  return longest == 0 ? ~u64{0} : rule_.budget / longest;
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
  LengthClass& present = cut_->classes[class_];
  if (present.limit == 0) present.limit = limit_of(present.longest);
  return present.limit;
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
