#include "fastsamplers/weighted/parallel_draws.hpp"

#include <algorithm>
#include <vector>

#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/rng/uniform.hpp"
#include "fastsamplers/weighted/weighted_stream.hpp"

namespace fastsamplers::weighted {
namespace {

// Fewer draws take less than starting a thread.
constexpr std::size_t kParallelDraws = std::size_t{1} << 16;

}  // namespace

ParallelDraws::ParallelDraws(std::shared_ptr<const CdfTable> table, const rng::Mt19937& engine,
                             std::span<i64> out)
    : table_(std::move(table)), engine_(engine), out_(out) {}

bool ParallelDraws::advance(u64 steps) {
  const std::size_t rest = out_.size() - done_;
  const auto count = static_cast<std::size_t>(std::min<u64>(std::max<u64>(1, steps), rest));
  run_on_ranges(count, kParallelDraws, [&](u64 first, u64 end) {
    rng::Mt19937 engine = engine_;
    engine.skip(rng::kUniformWords * first);
    draw_from_table(*table_, engine, out_.subspan(done_ + first, end - first));
  });
  engine_.skip(rng::kUniformWords * count);
  done_ += count;
  return done_ == out_.size();
}

}  // namespace fastsamplers::weighted
