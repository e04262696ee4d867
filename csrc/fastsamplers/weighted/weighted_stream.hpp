// Draws with replacement: torch.multinomial(weights, length, replacement=True).
//
// Source: WeightedRandomSampler; the rules are those of cdf_table.hpp.
// Work: 2-11 ns a draw by the size of the table; after a seek the words between are skipped.
// Memory: the table, which may be shared, and 10 KB. Words: two a draw.
#pragma once

#include <memory>

#include "fastsamplers/order/index_stream.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"

namespace fastsamplers::weighted {

// The next out.size() draws of the engine.
void draw_points(const CdfTable& table, rng::Mt19937& engine, std::span<i64> out);

class WeightedStream final : public order::IndexStream {
 public:
  WeightedStream(std::shared_ptr<const CdfTable> table, const rng::Mt19937& engine, u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;
  u64 work_per_index() const override { return 4; }
  bool is_slow() const override;

 private:
  std::shared_ptr<const CdfTable> table_;
  rng::Mt19937 origin_;
  rng::Mt19937 engine_;      // where the words of draw engine_position_ begin
  u64 engine_position_ = 0;  // at most position_
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::weighted
