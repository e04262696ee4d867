#include "fastsamplers/order/length_grouped.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"

namespace fastsamplers::order {

void require_grouped_memory(const lengths::LengthSurvey& survey, u64 mega_batch) {
  const u64 n = survey.count;
  require_memory(4 * n + lengths::window_sorter_bytes(survey.range(), mega_batch, n),
                 "an order of n=" + std::to_string(n) + " samples",
                 "smaller batches, or fewer samples at a time, would need less");
}

LengthGrouped::LengthGrouped(const rng::Mt19937& engine, const IntegerArray& values,
                             const lengths::LengthSurvey& survey, u64 mega_batch)
    : LengthGrouped(values, survey, mega_batch) {
  indices_ = std::make_shared<PageVector<u32>>(values.size);
  randperm_.emplace(engine, std::span<u32>{indices_->data(), indices_->size()});
}

LengthGrouped::LengthGrouped(PageVector<u32> permutation, const IntegerArray& values,
                             const lengths::LengthSurvey& survey, u64 mega_batch)
    : LengthGrouped(values, survey, mega_batch) {
  check_argument(permutation.size() == values.size, "permutation", "as long as the lengths",
                 permutation.size());
  for (const u32 index : permutation) {
    check_argument(index < values.size, "permutation", "of indices of the lengths", index);
  }
  indices_ = std::make_shared<PageVector<u32>>(std::move(permutation));
}

LengthGrouped::LengthGrouped(const IntegerArray& values, const lengths::LengthSurvey& survey,
                             u64 mega_batch)
    : values_(values), rule_(survey.descending()), mega_batch_(mega_batch) {
  check_argument(mega_batch > 0, "mega_batch", "positive", mega_batch);
  check_argument(values.size < lengths::kMostSorted, "lengths", "fewer than 2**32", values.size);
  sorters_ = lengths::window_sorters(values, rule_, mega_batch, values.size);
}

bool LengthGrouped::advance(u64 steps) {
  if (randperm_) {
    if (!randperm_->advance(steps)) return false;
    randperm_.reset();
  }
  const u64 n = values_.size;
  if (n == 0) return true;
  const u64 mega_batches = (n - 1) / mega_batch_ + 1;
  const u64 end = done_ + std::min(std::max<u64>(steps / mega_batch_, 1), mega_batches - done_);
  lengths::for_windows(sorters_, done_, end, [&](lengths::WindowSorter& sorter, u64 number) {
    const u64 first = number * mega_batch_;
    sorter.sort(
        {indices_->data() + first, static_cast<std::size_t>(std::min(mega_batch_, n - first))});
  });
  done_ = end;
  if (end < mega_batches) return false;
  put_longest_first();
  return true;
}

void LengthGrouped::put_longest_first() {
  PageVector<u32>& indices = *indices_;
  // The longest has key 0.
  for (u64 first = 0; first < indices.size(); first += mega_batch_) {
    u64 key = 0;
    lengths::gather_keys<u64>(values_, rule_, {indices.data() + first, 1}, &key);
    if (key != 0) continue;
    std::swap(indices[0], indices[first]);
    return;
  }
}

}  // namespace fastsamplers::order
