#include "fastsamplers/lengths/bucket_argsort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/lengths/parted_passes.hpp"
#include "fastsamplers/lengths/write_combiner.hpp"

namespace fastsamplers::lengths {
namespace {

constexpr u32 kDigitBits = 8;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;

// A key and the index it belongs to: in one word where the key leaves room.
using NarrowPair = u64;
struct WidePair {
  u64 key;
  u32 index;
};

NarrowPair pair_of(u32 key, u64 index) { return (u64{key} << 32) | index; }
WidePair pair_of(u64 key, u64 index) { return {key, static_cast<u32>(index)}; }
u64 key_in(NarrowPair pair) { return pair >> 32; }
u64 key_in(const WidePair& pair) { return pair.key; }
u32 index_in(NarrowPair pair) { return static_cast<u32>(pair); }
u32 index_in(const WidePair& pair) { return pair.index; }

std::size_t digit_of(u64 key, u32 digit) { return (key >> (digit * kDigitBits)) % kDigits; }

u64 pair_bytes(u64 range) { return range >> 32 == 0 ? sizeof(NarrowPair) : sizeof(WidePair); }

// body(key, index) for the values first .. end - 1.
template <class Key, class Body>
void for_keys(const IntegerArray& values, const KeyRule& rule, u64 first, u64 end,
              const Body& body) {
  std::array<Key, kKeyBlock> keys;
  for (u64 i = first; i < end; i += kKeyBlock) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kKeyBlock, end - i));
    read_keys<Key>(values, rule, i, {keys.data(), count});
    for (std::size_t k = 0; k < count; ++k) body(keys[k], i + k);
  }
}

}  // namespace

template <class Out>
class ArgsortPasses {
 public:
  explicit ArgsortPasses(std::span<Out> out) : out_(out) {}
  virtual ~ArgsortPasses() = default;
  ArgsortPasses(const ArgsortPasses&) = delete;
  ArgsortPasses& operator=(const ArgsortPasses&) = delete;

  bool advance(u64 steps) {
    const u64 n = out_.size();
    const u64 end = done_ + std::min(std::max(steps, kLeastChunk), n - done_);
    const bool is_last = advance_pass(done_, end);
    done_ = end < n ? end : 0;
    return is_last && end == n;
  }

 protected:
  // Items done .. end - 1 of the present pass; whether that is the last.
  virtual bool advance_pass(u64 done, u64 end) = 0;

  u64 size() const { return out_.size(); }
  void put(u32 place, u64 index) {
    if (place < out_.size()) out_[place] = static_cast<Out>(index);
  }

 private:
  std::span<Out> out_;
  u64 done_ = 0;
};

namespace {

// A bucket for each value there can be.
template <class Out>
class OnePass final : public ArgsortPasses<Out> {
 public:
  OnePass(const IntegerArray& values, const KeyRule& rule, std::span<Out> out)
      : ArgsortPasses<Out>(out),
        values_(values),
        rule_(rule),
        places_(static_cast<std::size_t>(rule.range) + 1) {
    if (!combining_pays(places_.size(), out.size() / thread_count())) return;
    for (std::size_t t = 0; t < thread_count(); ++t) combiners_.emplace_back(out, places_.size());
  }

 private:
  bool advance_pass(u64 done, u64 end) override {
    const auto count = [this](u64 first, u64 last, u32* counts) {
      for_keys<u32>(values_, rule_, first, last, [&](u32 key, u64 /*index*/) { ++counts[key]; });
    };
    if (is_counted_) {
      move_chunk(done, end, places_, count,
                 [this](std::size_t part, u64 first, u64 last, u32* places) {
                   part < combiners_.size() ? move_combined(combiners_[part], first, last, places)
                                            : move_singly(first, last, places);
                 });
      return true;
    }
    count_chunk(done, end, places_, count);
    if (end == this->size()) {
      begin_buckets(places_);
      is_counted_ = true;
    }
    return false;
  }

  void move_singly(u64 first, u64 last, u32* places) {
    for_keys<u32>(values_, rule_, first, last,
                  [&](u32 key, u64 index) { this->put(places[key]++, index); });
  }

  void move_combined(WriteCombiner<Out>& combiner, u64 first, u64 last, u32* places) {
    const auto writer = combiner.begin(places);
    for_keys<u32>(values_, rule_, first, last, [&, writer](u32 key, u64 index) {
      writer.put(key, places[key]++, static_cast<Out>(index));
    });
    combiner.finish(writer, places);
  }

  IntegerArray values_;
  KeyRule rule_;
  bool is_counted_ = false;
  std::vector<WriteCombiner<Out>> combiners_;  // one a thread, where they pay
  std::vector<u32> places_;                    // counts, then where each bucket goes on
};

// A pass for each digit that is not the same in all keys, the lowest first.
template <class Out, class Pair>
class ManyPasses final : public ArgsortPasses<Out> {
  using Key = std::conditional_t<std::is_same_v<Pair, NarrowPair>, u32, u64>;

 public:
  ManyPasses(const IntegerArray& values, const KeyRule& rule, std::span<Out> out)
      : ArgsortPasses<Out>(out),
        values_(values),
        rule_(rule),
        digits_((static_cast<u32>(std::bit_width(rule.range)) + kDigitBits - 1) / kDigitBits),
        counts_(digits_ * kDigits),
        pairs_(out.size()),
        spare_(out.size()) {}

 private:
  bool advance_pass(u64 done, u64 end) override {
    if (!is_counted_) {
      count_all(done, end);
      return false;
    }
    if (done == 0) {
      const auto first = counts_.begin() + static_cast<std::ptrdiff_t>(digit_ * kDigits);
      places_.assign(first, first + kDigits);
      begin_buckets(places_);
    }
    const bool is_last = digit_ + 1 == digits_;
    if (digit_ == 0) {
      move(done, end, is_last, [this](u64 first, u64 last, const auto& body) {
        for_keys<Key>(values_, rule_, first, last,
                      [&](Key key, u64 index) { body(pair_of(key, index)); });
      });
    } else {
      move(done, end, is_last, [this](u64 first, u64 last, const auto& body) {
        for (u64 k = first; k < last; ++k) body(pairs_[k]);
      });
    }
    if (end == this->size()) {
      pairs_.swap(spare_);
      ++digit_;
    }
    return is_last;
  }

  void count_all(u64 done, u64 end) {
    count_chunk(done, end, counts_, [this](u64 first, u64 last, u32* counts) {
      for_keys<Key>(values_, rule_, first, last, [&](Key key, u64 /*index*/) {
        for (u32 digit = 0; digit < digits_; ++digit) {
          ++counts[digit * kDigits + digit_of(key, digit)];
        }
      });
    });
    is_counted_ = end == this->size();
  }

  // for_pairs(first, end, body): body(pair) for the pairs of a part of the present order.
  template <class ForPairs>
  void move(u64 done, u64 end, bool is_last, const ForPairs& for_pairs) {
    const u32 digit = digit_;
    const auto count = [&](u64 first, u64 last, u32* counts) {
      for_pairs(first, last, [&](const Pair& pair) { ++counts[digit_of(key_in(pair), digit)]; });
    };
    if (is_last) {
      move_chunk(done, end, places_, count, [&](std::size_t, u64 first, u64 last, u32* places) {
        for_pairs(first, last, [&](const Pair& pair) {
          this->put(places[digit_of(key_in(pair), digit)]++, index_in(pair));
        });
      });
      return;
    }
    move_chunk(done, end, places_, count, [&](std::size_t, u64 first, u64 last, u32* places) {
      for_pairs(first, last, [&](const Pair& pair) {
        const u32 place = places[digit_of(key_in(pair), digit)]++;
        if (place < spare_.size()) spare_[place] = pair;
      });
    });
  }

  IntegerArray values_;
  KeyRule rule_;
  u32 digits_;
  u32 digit_ = 0;
  bool is_counted_ = false;
  std::vector<u32> counts_;  // of each digit
  std::vector<u32> places_;  // where each bucket of the present digit goes on
  PageVector<Pair> pairs_;
  PageVector<Pair> spare_;
};

}  // namespace

u64 argsort_bytes(const LengthSurvey& survey) {
  return survey.range() < kMostBuckets ? 0 : 2 * pair_bytes(survey.range()) * survey.count;
}

void require_argsort_memory(const LengthSurvey& survey) {
  require_memory(argsort_bytes(survey),
                 "sorting " + std::to_string(survey.count) + " values that span " +
                     std::to_string(survey.range()),
                 "values that span less than 65,536 need none");
}

template <class Out>
BucketArgsort<Out>::BucketArgsort(const IntegerArray& values, const LengthSurvey& survey,
                                  bool descending, std::span<Out> out) {
  check_argument(out.size() == values.size, "out", "as long as the values", out.size());
  check_argument(survey.count == values.size, "survey", "of all values", survey.count);
  check_argument(values.size < kMostSorted, "values", "fewer than 2**32", values.size);
  if (values.size == 0) return;
  const KeyRule rule = descending ? survey.descending() : survey.ascending();
  if (rule.range < kMostBuckets) {
    passes_ = std::make_unique<OnePass<Out>>(values, rule, out);
  } else if (rule.range >> 32 == 0) {
    passes_ = std::make_unique<ManyPasses<Out, NarrowPair>>(values, rule, out);
  } else {
    passes_ = std::make_unique<ManyPasses<Out, WidePair>>(values, rule, out);
  }
}

template <class Out>
BucketArgsort<Out>::~BucketArgsort() = default;

template <class Out>
bool BucketArgsort<Out>::advance(u64 steps) {
  return passes_ == nullptr || passes_->advance(steps);
}

template class BucketArgsort<u32>;
template class BucketArgsort<i64>;

}  // namespace fastsamplers::lengths
