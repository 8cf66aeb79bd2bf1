#include "nce/core/random.h"

#include <doctest/doctest.h>

#include <cmath>

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
