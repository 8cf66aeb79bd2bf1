#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace nce {

/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). A pure function from a
/// 64-bit key and a 128-bit counter to four 32-bit words.
std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter_low, uint64_t counter_high = 0);

/// Names a sequence of random numbers. A key is made from another key and a number: `Key(seed).fold(epoch).fold(sample)`
/// is the same on every thread and in every run. Threads share no generator, so results do not depend on their number.
struct Key {
  uint64_t value = 0;
  explicit Key(uint64_t seed = 0) : value(seed) {}
  /// The key number `use` that belongs to this key. It is independent of all other keys.
  Key fold(uint64_t use) const;
  bool operator==(const Key&) const = default;
};

/// A sequence of random numbers from one key.
class Random {
 public:
  explicit Random(Key key) : key_(key) {}
  /// The same as `Random{Key(seed)}`. (`Random r(Key(seed))` would declare a function.)
  explicit Random(uint64_t seed) : key_(seed) {}
  uint32_t bits();
  /// Uniform in [0, 1); a multiple of 2^-24.
  float uniform() { return float(bits() >> 8) * 0x1p-24f; }
  /// Uniform in [low, high), for low < high. low = high gives low.
  float uniform(float low, float high) {
    const float value = low + (high - low) * uniform();  // rounding may reach high
    return value < high ? value : std::nextafter(high, low);
  }
  /// Standard normal (Box-Muller).
  float normal();
  /// A uniform integer in [0, n), without modulo bias. n >= 1.
  uint32_t below(uint32_t n);
  bool bernoulli(float p) { return uniform() < p; }
  /// Shuffles a container with random access (Fisher-Yates).
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

/// Gives out keys: for dropout, initialisers, and `randn` without a key. The i-th key depends only on the seed and i.
/// These two numbers are all of its state, so a checkpoint can hold it.
struct Generator {
  uint64_t seed = 0;
  uint64_t drawn = 0;
  Key next() { return Key(seed).fold(drawn++); }
};

/// The generator that is used if no other is given. Set it with `manual_seed`. Not for several threads at once.
Generator& default_generator();
void manual_seed(uint64_t seed);

}  // namespace nce
