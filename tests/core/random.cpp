#include "nce/core/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/tensor.h"

using namespace nce;

TEST_CASE("philox gives the published words") {
  // Known answers of the authors' Random123 library (kat_vectors, philox4x32 10).
  CHECK(philox(0, 0, 0) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(~0ull, ~0ull, ~0ull) == std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e) ==
        std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform and normal have the moments of their distributions") {
  Random random{Key(7)};
  const int n = 200000;
  double sum = 0, square = 0, normal = 0, normal_square = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(), z = random.normal();
    sum += u, square += u * u, normal += z, normal_square += z * z;
  }
  CHECK(std::abs(sum / n - 0.5) < 0.004);
  CHECK(std::abs(square / n - 1.0 / 3) < 0.004);
  CHECK(std::abs(normal / n) < 0.01);
  CHECK(std::abs(normal_square / n - 1) < 0.02);
}

TEST_CASE("keys derived for different uses differ") {
  CHECK(Key(1).fold(0) != Key(1).fold(1));
  CHECK(Key(1).fold(0) != Key(2).fold(0));
  CHECK(Key(1).fold(0).fold(1) != Key(1).fold(1).fold(0));
}

TEST_CASE("uniform stays below its upper end where rounding would reach it, and changes nothing else") {
  const Key key(39075);  // its element 3 is the largest of [0, 1), 1 - 2^-24: 1 + it rounds to 2
  CHECK(Tensor::uniform({4}, 0, 1, key).to_vector<float>()[3] == 1 - 0x1p-24f);
  CHECK(Tensor::uniform({4}, 1, 2, key).to_vector<float>()[3] == 2 - 0x1p-23f);
  CHECK(Tensor::uniform({4}, 1, 2, key, DType::f64).to_vector<double>()[3] == 2 - 0x1p-24);
  CHECK(Tensor::uniform({4}, 1e16, 1e16 + 2, key, DType::f64).to_vector<double>()[3] == 1e16);

  const float low = 16777214, high = 16777216;  // one number between them
  const auto x = Tensor::uniform({1000}, low, high, Key(3)).to_vector<float>();
  const auto share = Tensor::uniform({1000}, 0, 1, Key(3)).to_vector<float>();
  Random random(Key(4)), again(Key(4));
  int reached = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const auto expected = [&](float u) { return float(std::nearbyint(double(low) + 2 * double(u))); };
    const auto below = [&](float value) { return value < high ? value : high - 1; };
    reached += expected(share[i]) == high;
    CHECK(x[i] == below(expected(share[i])));
    CHECK(random.uniform(low, high) == below(expected(again.uniform())));
  }
  CHECK(reached > 100);
  CHECK(random.uniform(3, 3) == 3);
}

TEST_CASE("uniform refuses ends that are no interval") {
  CHECK(Tensor::uniform({2}, 0.7, 0.7, Key(1)).to_vector<float>() == std::vector<float>{0.7f, 0.7f});
  CHECK_THROWS_WITH_AS(Tensor::uniform({2}, 2, 1), "uniform: low 2 must be at most high 1, and both finite", Error);
  CHECK_THROWS_WITH_AS(Tensor::uniform({2}, std::nan(""), 1),
                       "uniform: low nan must be at most high 1, and both finite", Error);
  CHECK_THROWS_AS(Tensor::uniform({2}, -1e308, 1e308), Error);
}

TEST_CASE("a normal number is finite, whatever the words") {
  const auto z = Tensor::randn({1 << 20}, Key(5)).to_vector<float>();
  CHECK(std::all_of(z.begin(), z.end(), [](float v) { return std::isfinite(v); }));
}
