// The bytes of a torch generator's state: taken exactly when torch can have written them, and what
// was taken draws torch's words and gives the same bytes back.
#include "fastsamplers/rng/torch_state.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "input.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

using rng::kBlockWords;
using rng::kTorchStateBytes;
using Bytes = std::vector<u8>;

template <class T>
T read(const Bytes& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// at::mt19937, a word at a time.
struct PlainEngine {
  std::array<u32, kBlockWords> words{};
  i64 left = 0;
  u64 next = 0;

  u32 random() {
    if (--left == 0) {
      twist();
      left = kBlockWords;
      next = 0;
    }
    return rng::temper(words.at(next++));
  }
  void twist() {
    for (std::size_t i = 0; i < kBlockWords; ++i) {
      const u32 mixed = (words[i] & 0x80000000U) | (words[(i + 1) % kBlockWords] & 0x7fffffffU);
      words[i] = words[(i + 397) % kBlockWords] ^ (mixed >> 1) ^ (mixed % 2 == 1 ? 0x9908b0dfU : 0);
    }
  }
};

// The engine of the bytes, where torch can have written them.
std::optional<PlainEngine> plain_engine(const Bytes& bytes) {
  if (bytes.size() != kTorchStateBytes) return std::nullopt;
  PlainEngine engine;
  engine.left = read<i32>(bytes, 8);
  engine.next = read<u64>(bytes, 16);
  const bool stands = engine.left >= 1 && engine.left <= 624 && engine.next <= 624 &&
                      engine.next + static_cast<u64>(engine.left) <= 625;
  if (read<i32>(bytes, 12) != 1 || !stands) return std::nullopt;
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    const auto word = read<u64>(bytes, 24 + 8 * i);
    if (word >> 32 != 0) return std::nullopt;
    engine.words[i] = static_cast<u32>(word);
  }
  return engine;
}

// Any bytes at all, or a state that was changed in some places.
Bytes bytes_of(Input& input) {
  Bytes bytes(kTorchStateBytes);
  if (input.flag()) {
    const auto raw = input.rest();
    return {raw.begin(), raw.end()};
  }
  rng::Mt19937 engine(input.take<u64>());
  engine.skip(input.below(2000));
  store_torch_state(engine, bytes);
  for (u64 edits = input.below(6); edits > 0; --edits) {
    // The fields before the words, or a word.
    const std::size_t field = input.pick(std::array<std::size_t, 5>{0, 8, 12, 16, 24});
    const std::size_t at = field < 24 ? field : 24 + 8 * input.below(629);
    const u64 value = input.number();
    std::memcpy(bytes.data() + at, &value, field == 8 || field == 12 ? 4 : 8);
  }
  const u64 size = input.flag() ? input.below(6000) : kTorchStateBytes;
  bytes.resize(size);
  return bytes;
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const u64 count = input.below(1500);
  const fuzz::Bytes bytes = fuzz::bytes_of(input);
  std::optional<fuzz::PlainEngine> plain = fuzz::plain_engine(bytes);
  std::optional<rng::Mt19937> engine;
  const bool is_refused = fuzz::refuses([&] { engine = rng::load_torch_state(bytes); });
  fuzz::require(is_refused != plain.has_value(),
                "a state is taken where torch can have written it");
  if (is_refused) {
    const bool is_long = bytes.size() == rng::kTorchStateBytes;
    fuzz::Bytes other(bytes);
    const rng::Mt19937 fresh(1);
    const bool is_kept = fuzz::refuses([&] { store_torch_state(fresh, other); });
    fuzz::require(is_kept != is_long, "a state is stored in 5056 bytes alone");
    if (!is_long) fuzz::require_same(other, bytes, "what is refused is not written to");
    return 0;
  }
  // What lies behind the words is torch's own.
  fuzz::Bytes stored(bytes.size(), 0xa5);
  std::copy(bytes.begin() + 5016, bytes.end(), stored.begin() + 5016);
  store_torch_state(*engine, stored);
  fuzz::require_same(stored, bytes, "a state is given back as it was");
  std::vector<u32> words(count);
  engine->fill(words);
  for (const u32 word : words) fuzz::require(word == plain->random(), "the words are torch's");
  fuzz::require(engine->random() == plain->random(), "the word after them is torch's");
  store_torch_state(*engine, stored);
  const auto after = fuzz::plain_engine(stored);
  fuzz::require(after && after->left == plain->left && after->next == plain->next &&
                    after->words == plain->words,
                "the engine stands where torch's would");
  return 0;
}
