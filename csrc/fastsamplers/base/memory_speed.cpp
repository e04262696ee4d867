#include "fastsamplers/base/memory_speed.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/page_buffer.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/base/prefetch.hpp"

namespace fastsamplers {
namespace {

constexpr std::size_t kBlock = 2048;

void change_random_places(std::span<u32> places, u64 blocks, u64 seed) {
  std::array<u32, kBlock> targets;
  u64 state = seed;
  for (u64 block = 0; block < blocks; ++block) {
    for (u32& target : targets) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX
      target = static_cast<u32>(((state >> 32) * places.size()) >> 32);
    }
    for (std::size_t k = 0; k < kPrefetchSteps; ++k) prefetch_for_write(&places[targets[k]]);
    for (std::size_t k = 0; k < kBlock; ++k) {
      if (k + kPrefetchSteps < kBlock) prefetch_for_write(&places[targets[k + kPrefetchSteps]]);
      ++places[targets[k]];
    }
  }
}

}  // namespace

double random_access_limit(u64 n, u64 steps, std::size_t threads) {
  using Clock = std::chrono::steady_clock;
  check_argument(n > 0 && n <= (u64{1} << 32), "n", "in [1, 2**32]", n);
  check_argument(steps > 0, "steps", "positive", steps);
  check_argument(threads > 0 && threads <= n, "threads", "in [1, n]", threads);
  require_memory(4 * n, std::to_string(n) + " places", "a smaller n needs less");
  const PageBuffer buffer(static_cast<std::size_t>(4 * n));
  const std::span<u32> places = buffer.as<u32>();
  std::fill(places.begin(), places.end(), 1U);
  ThreadTeam team(threads);
  const std::size_t share = places.size() / team.size();
  // Whole blocks a thread.
  const u64 blocks = (steps - 1) / team.size() / kBlock + 1;
  const auto begin = Clock::now();
  team.run([&](std::size_t thread) {
    change_random_places(places.subspan(thread * share, share), blocks, thread);
  });
  const std::chrono::duration<double> taken = Clock::now() - begin;
  return taken.count() / static_cast<double>(blocks * kBlock * team.size());
}

}  // namespace fastsamplers
