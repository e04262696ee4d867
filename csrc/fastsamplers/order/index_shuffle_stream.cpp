#include "fastsamplers/order/index_shuffle_stream.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::order {

IndexShuffleStream::IndexShuffleStream(u64 n, u64 seed, u64 epoch, u64 length)
    : seed_(seed), first_epoch_(epoch), length_(length), epoch_(epoch), shuffle_(n, seed, epoch) {
  check_argument(length <= (u64{1} << 63) - 1, "length", "at most 2**63 - 1", length);
}

std::size_t IndexShuffleStream::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  const std::size_t count = count_strided(out.size(), stride);
  const u64 n = shuffle_.size();
  for (std::size_t done = 0; done < count;) {
    const u64 here = position_ + done * stride;
    const u64 epoch = first_epoch_ + here / n;
    if (epoch != epoch_) {
      shuffle_ = IndexShuffle(n, seed_, epoch);
      epoch_ = epoch;
    }
    const u64 place = here % n;
    const u64 rest = (n - 1 - place) / stride + 1;  // of this epoch
    const auto most = static_cast<std::size_t>(std::min<u64>(count - done, rest));
    shuffle_.values_of_range(static_cast<i64>(place), static_cast<i64>(stride),
                             out.subspan(done, most));
    done += most;
  }
  position_ += distance_strided(count, stride);
  return count;
}

void IndexShuffleStream::seek(u64 position) {
  check_position(position);
  position_ = position;
}

}  // namespace fastsamplers::order
