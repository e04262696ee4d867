#include "fastsamplers/order/replacement.hpp"

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/rng/bounded.hpp"

namespace fastsamplers::order {

ReplacementStream::ReplacementStream(const rng::Mt19937& engine, u64 n, u64 length)
    : DrawStream(engine, rng::bounded_words(n), length), n_(n) {
  check_argument(n > 0, "n", "positive", n);
  check_argument(n <= (u64{1} << 63) - 1, "n", "at most 2**63 - 1", n);
}

void ReplacementStream::draw(rng::Mt19937& engine, std::span<i64> out) {
  rng::bounded_fill(engine, 0, n_, out);
}

}  // namespace fastsamplers::order
