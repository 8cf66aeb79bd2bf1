#include "nce/core/random.h"

#include <cmath>
#include <numbers>

namespace nce {

std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter_low, uint64_t counter_high) {
  uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
  std::array<uint32_t, 4> x{uint32_t(counter_low), uint32_t(counter_low >> 32), uint32_t(counter_high),
                            uint32_t(counter_high >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * x[0], b = uint64_t{0xCD9E8D57} * x[2];
    x = {uint32_t(b >> 32) ^ x[1] ^ k0, uint32_t(b), uint32_t(a >> 32) ^ x[3] ^ k1, uint32_t(a)};
    k0 += 0x9E3779B9;  // the golden ratio and sqrt(3) - 1: the Weyl sequence of the paper
    k1 += 0xBB67AE85;
  }
  return x;
}

Key Key::fold(uint64_t use) const {
  const auto x = philox(value, use, 0x6b6579);  // so that derived keys differ from drawn numbers
  return Key(uint64_t(x[0]) | uint64_t(x[1]) << 32);
}

uint32_t Random::bits() {
  if (used_ == 4) {
    block_ = philox(key_.value, counter_++);
    used_ = 0;
  }
  return block_[size_t(used_++)];
}

float Random::normal() {
  const float u = (float(bits() >> 8) + 1.0f) * 0x1p-24f;  // (0, 1]: the logarithm stays finite
  const float angle = 2 * std::numbers::pi_v<float> * uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(angle);
}

uint32_t Random::below(uint32_t n) {
  // Lemire, "Fast Random Integer Generation in an Interval" (2019).
  uint64_t product = uint64_t(bits()) * n;
  if (uint32_t(product) < n) {
    const uint32_t threshold = -n % n;
    while (uint32_t(product) < threshold) product = uint64_t(bits()) * n;
  }
  return uint32_t(product >> 32);
}

Generator& default_generator() {
  static Generator generator;
  return generator;
}

void manual_seed(uint64_t seed) { default_generator() = {.seed = seed, .drawn = 0}; }

}  // namespace nce
