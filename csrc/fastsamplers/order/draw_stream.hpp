// Independent draws, each of the same number of words: what positions and seeks are for all of
// them.
//
// A seek forwards skips words when the next index is asked for; a seek backwards starts again from
// the engine that the stream was made with. Memory: two engines.
#pragma once

#include "fastsamplers/order/index_stream.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::order {

class DrawStream : public IndexStream {
 public:
  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;

 protected:
  DrawStream(const rng::Mt19937& engine, u64 words_per_draw, u64 length);

  // The next out.size() draws of the engine.
  virtual void draw(rng::Mt19937& engine, std::span<i64> out) = 0;
  // The engine, where the words of the present position begin.
  rng::Mt19937& ready_engine();
  // The engine has moved by the words of `draws`, and so does the position.
  void moved(u64 draws) { engine_position_ = position_ += draws; }

 private:
  rng::Mt19937 origin_;
  rng::Mt19937 engine_;      // where the words of draw engine_position_ begin
  u64 engine_position_ = 0;  // at most position_
  u64 words_per_draw_;
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::order
