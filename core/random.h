#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace nce {

/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): four 32-bit words as a
/// pure function of a 64-bit key and a 128-bit counter.
std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter_low, uint64_t counter_high = 0);

/// Names a stream of random numbers. A stream is derived, never shared: `Key(seed).fold(epoch).fold(sample)` is the
/// same on every thread and in every run, which is what makes results independent of the number of threads.
struct Key {
  uint64_t value = 0;
  explicit Key(uint64_t seed = 0) : value(seed) {}
  /// An independent key for use number `use` below this one.
  Key fold(uint64_t use) const;
  bool operator==(const Key&) const = default;
};

/// A sequence of random numbers drawn from one key.
class Random {
 public:
  explicit Random(Key key) : key_(key) {}
  uint32_t bits();
  /// Uniform in [0, 1), a multiple of 2^-24.
  float uniform() { return float(bits() >> 8) * 0x1p-24f; }
  /// Uniform in [low, high).
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box-Muller).
  float normal();
  /// Uniform integer in [0, n), without modulo bias; n >= 1.
  uint32_t below(uint32_t n);
  bool bernoulli(float p) { return uniform() < p; }
  /// Fisher-Yates over a random access container.
  template <class Container>
  void shuffle(Container& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(uint32_t(i))]);
  }

 private:
  Key key_;
  uint64_t counter_ = 0;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

/// Where operations that draw (dropout, initialisers, `randn` without a key) get their keys: the i-th key of a
/// seed. Its two numbers are its whole state, so that a checkpoint can carry it.
struct Generator {
  uint64_t seed = 0;
  uint64_t drawn = 0;
  Key next() { return Key(seed).fold(drawn++); }
};

/// The generator used where none is given. Set it with `manual_seed`. Not for concurrent use.
Generator& default_generator();
void manual_seed(uint64_t seed);

}  // namespace nce
