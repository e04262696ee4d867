#include "fastsamplers/order/index_stream.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::order {
namespace {

// Scratch for the default next_strided: a quarter of a first-level cache.
constexpr std::size_t kScratch = 1024;

}  // namespace

std::size_t IndexStream::count_strided(std::size_t most, u64 stride) const {
  const u64 rest = remaining();
  if (rest == 0) return 0;
  return static_cast<std::size_t>(std::min<u64>(most, (rest - 1) / stride + 1));
}

u64 IndexStream::distance_strided(std::size_t count, u64 stride) const {
  if (count == 0) return 0;
  const u64 to_last = (count - 1) * stride;  // within the stream, so it does not overflow
  return to_last + std::min(stride, remaining() - to_last);
}

u64 IndexStream::work_per_strided_index(u64 stride) const {
  constexpr u64 kMost = u64{1} << 62;  // more work than anything does: no need to be exact
  const u64 each = work_per_index();
  return each > kMost / stride ? kMost : each * stride;
}

void IndexStream::check_position(u64 position) const {
  check_argument(position <= length(), "position", "at most the stream's length", position);
}

std::size_t IndexStream::fill(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t got = next(out.subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

std::size_t IndexStream::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  if (stride == 1) return fill(out);
  const std::size_t count = count_strided(out.size(), stride);
  if (stride >= kScratch) {
    // Further apart than the scratch is long: a seek skips what lies between.
    for (std::size_t k = 0; k < count; ++k) {
      const u64 here = position();
      next(out.subspan(k, 1));
      seek(here + std::min(stride, length() - here));
    }
    return count;
  }
  std::array<i64, kScratch> scratch;
  const std::size_t per_read = kScratch / static_cast<std::size_t>(stride);
  for (std::size_t done = 0; done < count;) {
    const std::size_t wanted = std::min(per_read, count - done);
    const std::size_t got = fill({scratch.data(), wanted * static_cast<std::size_t>(stride)});
    for (std::size_t k = 0; k < wanted && k * stride < got; ++k) {
      out[done + k] = scratch[k * static_cast<std::size_t>(stride)];
    }
    done += wanted;
  }
  return count;
}

}  // namespace fastsamplers::order
