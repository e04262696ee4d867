#include "fastsamplers/weighted/runner_sort.hpp"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace fastsamplers::weighted {
namespace {

using Random = std::mt19937_64;

struct KeyKind {
  std::string name;
  std::function<u64(Random&, std::size_t place, std::size_t count)> key;
};

const std::vector<KeyKind>& key_kinds() {
  static const std::vector<KeyKind> kinds = {
      {"any bits", [](Random& random, std::size_t, std::size_t) { return random(); }},
      {"quotients",
       [](Random& random, std::size_t, std::size_t) {
         return std::bit_cast<u64>(1.0 / static_cast<double>(random() | 1));
       }},
      {"few distinct", [](Random& random, std::size_t, std::size_t) { return random() % 5 << 50; }},
      {"all equal", [](Random&, std::size_t, std::size_t) { return u64{42}; }},
      {"all greatest", [](Random&, std::size_t, std::size_t) { return ~u64{0}; }},
      {"0 among close ones",
       [](Random& random, std::size_t place, std::size_t count) {
         return place == count / 2 ? 0 : (u64{1} << 62) + random() % 100000;
       }},
      {"the greatest among close ones",
       [](Random& random, std::size_t place, std::size_t count) {
         return place == count / 2 ? ~u64{0} : random() % 100000;
       }},
      {"exponents far apart",
       [](Random& random, std::size_t, std::size_t) { return random() >> random() % 64; }},
      {"neighbours", [](Random& random, std::size_t, std::size_t) { return 7 + random() % 2; }},
      {"foremost first",
       [](Random&, std::size_t place, std::size_t count) { return u64{count - place} << 20; }},
      {"foremost last", [](Random&, std::size_t place, std::size_t) { return u64{place} << 20; }},
      {"all bits used",
       [](Random& random, std::size_t place, std::size_t) {
         return place % 3 == 0 ? 0 : place % 3 == 1 ? ~u64{0} : random();
       }},
  };
  return kinds;
}

// Indices in order, as a race hands them on, or in none.
void check_sort(const KeyKind& kind, std::size_t count, bool are_indices_ordered) {
  Random random(count);
  PageVector<Runner> runners(count);
  for (std::size_t i = 0; i < count; ++i) runners[i] = {kind.key(random, i, count), u64{i} << 33};
  if (!are_indices_ordered) std::shuffle(runners.begin(), runners.end(), random);
  PageVector<Runner> expected = runners;
  std::sort(expected.begin(), expected.end(), [](const Runner& a, const Runner& b) {
    return a.key != b.key ? a.key > b.key : a.index < b.index;
  });
  sort_runners(runners);
  INFO(kind.name << ", " << count << " runners");
  REQUIRE(runners.size() == count);
  const bool is_same = std::equal(
      runners.begin(), runners.end(), expected.begin(),
      [](const Runner& a, const Runner& b) { return a.key == b.key && a.index == b.index; });
  REQUIRE(is_same);
}

TEST_CASE("few runners of all kinds", "[weighted][runner_sort]") {
  for (const KeyKind& kind : key_kinds()) {
    for (std::size_t count = 0; count <= 200; ++count) check_sort(kind, count, count % 2 == 0);
  }
}

TEST_CASE("as many runners as fit a cache, and one more or less", "[weighted][runner_sort]") {
  for (const KeyKind& kind : key_kinds()) {
    for (const std::size_t count : {1000, 4095, 4096, 4097, 8191, 8192, 8193, 16384, 20000}) {
      check_sort(kind, count, true);
      check_sort(kind, count, false);
    }
  }
}

TEST_CASE("many runners of all kinds", "[weighted][runner_sort]") {
  for (const KeyKind& kind : key_kinds()) {
    check_sort(kind, 100000, true);
    check_sort(kind, 300000, false);
  }
}

// Every deal leaves all but a few in one part: the deepest that sorting can go.
TEST_CASE("keys that halve from one to the next", "[weighted][runner_sort]") {
  for (u32 step = 1; step <= 12; ++step) {
    const KeyKind kind = {"halving by " + std::to_string(step),
                          [=](Random&, std::size_t place, std::size_t) {
                            return place < 64 ? ~u64{0} >> (place * step % 64) : place % 3;
                          }};
    check_sort(kind, 12000, true);
  }
}

TEST_CASE("the order does not depend on what memory held before", "[weighted][runner_sort]") {
  const KeyKind& kind = key_kinds()[0];
  for (int round = 0; round < 3; ++round) {
    PageVector<Runner> rubbish(20000, Runner{~u64{0}, ~u64{0}});
    rubbish = PageVector<Runner>();
    check_sort(kind, 9000, false);
    check_sort(kind, 100, false);
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
