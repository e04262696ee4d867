// Draws with replacement: torch.multinomial(weights, length, replacement=True).
//
// Source: WeightedRandomSampler; the rules are those of cdf_table.hpp.
// Work: 2-11 ns a draw by the size of the table; after a seek the words between are skipped.
// Memory: the table, which may be shared, and 10 KB. Words: two a draw.
#pragma once

#include <memory>

#include "fastsamplers/order/draw_stream.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"

namespace fastsamplers::weighted {

// The next out.size() draws of the engine.
void draw_from_table(const CdfTable& table, rng::Mt19937& engine, std::span<i64> out);

class WeightedStream final : public order::DrawStream {
 public:
  WeightedStream(std::shared_ptr<const CdfTable> table, const rng::Mt19937& engine, u64 length);

  // Only the words of the draws between are generated.
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  u64 work_per_index() const override { return 4; }
  bool is_slow() const override;

 private:
  void draw(rng::Mt19937& engine, std::span<i64> out) override;

  std::shared_ptr<const CdfTable> table_;
};

}  // namespace fastsamplers::weighted
