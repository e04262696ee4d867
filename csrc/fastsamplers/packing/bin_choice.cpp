#include "fastsamplers/packing/bin_choice.hpp"

#include <algorithm>

#include "fastsamplers/packing/first_fit_tree.hpp"
#include "fastsamplers/packing/open_bins.hpp"

namespace fastsamplers::packing {
namespace {

// How many of `wanted` sequences fit into what is left.
u64 fitting(u64 remaining, u64 length, u64 wanted) {
  return length == 0 ? wanted : std::min(wanted, remaining / length);
}

class BestFitChoice final : public BinChoice {
 public:
  BestFitChoice(u64 capacity, u64 least) : capacity_(capacity), least_(least), open_(capacity) {}

  Chosen take(u64 length, u64 wanted) override {
    u64 remaining = 0;
    BinSet* const set = open_.best_fit(length, remaining);
    Chosen chosen;
    if (set == nullptr) {
      remaining = capacity_;
      chosen.bin = opened_++;
    } else {
      chosen.bin = set->take_first();
      open_.settle(remaining);
    }
    chosen.count = fitting(remaining, length, wanted);
    const u64 left = remaining - chosen.count * length;
    if (left >= least_) open_.add(chosen.bin, left);  // nothing fits the others any more
    return chosen;
  }
  u64 opened() const override { return opened_; }

 private:
  u64 capacity_;
  u64 least_;
  u32 opened_ = 0;
  OpenBins open_;
};

class FirstFitChoice final : public BinChoice {
 public:
  explicit FirstFitChoice(u64 capacity) : capacity_(capacity) {}

  Chosen take(u64 length, u64 wanted) override {
    u64 bin = tree_.first_fit(length);
    if (bin == FirstFitTree::kNone) {
      bin = opened_++;
      tree_.append(capacity_);
    }
    const u64 remaining = tree_.remaining(bin);
    const u64 count = fitting(remaining, length, wanted);
    tree_.set(bin, remaining - count * length);
    return {static_cast<u32>(bin), count};
  }
  u64 opened() const override { return opened_; }

 private:
  u64 capacity_;
  u64 opened_ = 0;
  FirstFitTree tree_;
};

}  // namespace

std::unique_ptr<BinChoice> best_fit_choice(u64 capacity, u64 least) {
  return std::make_unique<BestFitChoice>(capacity, least);
}

std::unique_ptr<BinChoice> first_fit_choice(u64 capacity) {
  return std::make_unique<FirstFitChoice>(capacity);
}

}  // namespace fastsamplers::packing
