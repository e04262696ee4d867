#include "fastsamplers/weighted/cdf_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/rng/uniform.hpp"

namespace fastsamplers::weighted {
namespace {

// Values per bucket, on average 4 to 8 of the 13 that fit. 1e7 uniform weights, ns a draw with 4.8
// / 9.5 a bucket: 10.2 / 10.2, but the second leaves 3 in 100 lines crowded.
constexpr u32 kBucketShare = 2;
constexpr u32 kLineBits = 32;
constexpr u64 kEnd = u64{1} << rng::kUniformBits;

u32 bucket_bits(u64 n) {
  const auto bits = static_cast<u32>(std::bit_width(n)) - 1;
  return bits > kBucketShare ? bits - kBucketShare : 0;
}

// A crowded line keeps, in place of values, where its values begin.
void set_offset(Bucket& bucket, u64 offset) { std::memcpy(bucket.values, &offset, sizeof(offset)); }

u64 offset_of(const Bucket& bucket) {
  u64 offset = 0;
  std::memcpy(&offset, bucket.values, sizeof(offset));
  return offset;
}

// floor(share * 2^53), within [0, 2^53] whatever weights that change meanwhile may make of it. NaN,
// which a total of infinity makes, is a value that no point exceeds.
u64 whole_value(double share) {
  if (!(share < 1)) return kEnd;
  return share > 0 ? static_cast<u64>(share * 0x1p53) : 0;
}

}  // namespace

CdfTable::CdfTable(u64 n) : n_(n), grid_{} {
  check_argument(n > 0 && n <= (u64{1} << 52), "n", "in [1, 2**52]", n);
  const u32 bits = bucket_bits(n);
  grid_.shift = rng::kUniformBits - bits;
  grid_.dropped = grid_.shift > kLineBits ? grid_.shift - kLineBits : 0;
  const u64 lines = sizeof(Bucket) * (bucket_count() + 1);
  const u64 whole = grid_.dropped > 0 ? sizeof(u64) * n : 0;
  require_memory(lines + whole, "a table of n=" + std::to_string(n) + " weights",
                 "fewer weights, or replacement=False");
  lines_ = PageBuffer(lines);
  if (whole > 0) whole_ = PageBuffer(whole);
  grid_.buckets = lines_.as<Bucket>().data();
}

u64 CdfTable::bucket_count() const { return u64{1} << (rng::kUniformBits - grid_.shift); }

std::size_t CdfTable::bytes() const {
  return lines_.bytes() + whole_.bytes() + sizeof(u32) * crowded_.capacity();
}

void CdfTable::find(std::span<const u64> points, i64* out) const {
  std::size_t unsaid = kBucketSearch.active()(grid_, points.data(), points.size(), out);
  for (std::size_t k = 0; unsaid > 0; ++k) {
    if (out[k] >= 0) continue;
    out[k] = search_whole(points[k]);
    --unsaid;
  }
}

i64 CdfTable::search_whole(u64 point) const {
  const Bucket& bucket = grid_.buckets[point >> grid_.shift];
  const u64 count = (&bucket + 1)->first - bucket.first;
  u64 below = 0;
  if (grid_.dropped > 0) {
    const u64* const values = whole_.as<u64>().data() + bucket.first;
    below = static_cast<u64>(std::lower_bound(values, values + count, point) - values);
  } else {
    const u32* const values = crowded_.data() + offset_of(bucket);
    const auto bits = static_cast<u32>(point & ((u64{1} << grid_.shift) - 1));
    below = static_cast<u64>(std::lower_bound(values, values + count, bits) - values);
  }
  return static_cast<i64>(bucket.first + below);
}

CdfTableBuilder::CdfTableBuilder(const Weights& weights)
    : weights_(weights), table_(std::make_shared<CdfTable>(weights.size)) {
  Bucket& first = table_->lines_.as<Bucket>()[0];
  std::fill_n(first.values, kBucketValues, ~u32{0});
}

bool CdfTableBuilder::advance(u64 steps) {
  const u64 last = done_ + std::min(std::max<u64>(1, steps), weights_.size - done_);
  const bool is_double = weights_.precision == Precision::f64;
  if (!has_total_) {
    is_double ? add_up<double>(last) : add_up<float>(last);
    if (last < weights_.size) return false;
    has_total_ = true;
    total_ = sum_;
    sum_ = 0;
    done_ = 0;
    return false;
  }
  is_double ? lay_out<double>(last) : lay_out<float>(last);
  return last == weights_.size;
}

template <class Real>
void CdfTableBuilder::add_up(u64 last) {
  WeightBlock block;
  auto sum = static_cast<Real>(sum_);
  while (done_ < last) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kWeightBlock, last - done_));
    const double* const values = read_weights(weights_, done_, count, block);
    for (std::size_t k = 0; k < count; ++k) sum += static_cast<Real>(values[k]);
    done_ += count;
  }
  sum_ = static_cast<double>(sum);
}

template <class Real>
void CdfTableBuilder::lay_out(u64 last) {
  WeightBlock block;
  std::array<Real, kWeightBlock> sums;
  auto sum = static_cast<Real>(sum_);
  const auto total = static_cast<Real>(total_);
  while (done_ < last) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kWeightBlock, last - done_));
    const double* const values = read_weights(weights_, done_, count, block);
    for (std::size_t k = 0; k < count; ++k) sums[k] = sum += static_cast<Real>(values[k]);
    for (std::size_t k = 0; k < count; ++k) sums[k] /= total;
    for (std::size_t k = 0; k < count; ++k) {
      place(done_ + 1 < weights_.size ? whole_value(static_cast<double>(sums[k])) : kEnd);
      ++done_;
    }
  }
  sum_ = static_cast<double>(sum);
}

void CdfTableBuilder::place(u64 value) {
  CdfTable& table = *table_;
  const BucketGrid& grid = table.grid_;
  Bucket* const buckets = table.lines_.as<Bucket>().data();
  const u64 bucket = value >> grid.shift;
  while (bucket_ < bucket) {
    Bucket& next = buckets[++bucket_];
    next.first = done_;
    std::fill_n(next.values, kBucketValues, ~u32{0});
    in_bucket_ = 0;
  }
  Bucket& present = buckets[bucket_];
  const auto bits = static_cast<u32>((value & ((u64{1} << grid.shift) - 1)) >> grid.dropped);
  if (grid.dropped > 0) table.whole_.as<u64>()[done_] = value;
  if (bucket_ == table.bucket_count()) return;  // beyond every point
  if (in_bucket_ < kBucketValues) {
    present.values[in_bucket_] = bits;
  } else if (grid.dropped > 0) {
    present.is_crowded = 1;
  } else {
    if (in_bucket_ == kBucketValues) {
      const u64 offset = table.crowded_.size();
      table.crowded_.insert(table.crowded_.end(), present.values, present.values + kBucketValues);
      set_offset(present, offset);
      present.is_crowded = 1;
    }
    table.crowded_.push_back(bits);
  }
  ++in_bucket_;
}

}  // namespace fastsamplers::weighted
