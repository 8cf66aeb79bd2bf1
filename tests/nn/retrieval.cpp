#include "nce/nn/eval/retrieval.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {

// Rows on the unit circle, at these degrees.
Tensor at(const std::vector<double>& degrees) {
  std::vector<double> rows;
  for (const double angle : degrees)
    rows.push_back(std::cos(angle * 0.017453292519943295)), rows.push_back(std::sin(angle * 0.017453292519943295));
  return Tensor::from(rows, {int64_t(degrees.size()), 2});
}

}  // namespace

TEST_CASE("retrieval by hand: five rows on a circle") {
  // Nearest first. 0 (a): 10 a, 25 b, 45 a, 90 b. 10 (a): 0 a, 25 b, 45 a, 90 b. 25 (b): 10 a, 45 a, 0 a, 90 b.
  // 45 (a): 25 b, 10 a, 0 a / 90 b. 90 (b): 45 a, 25 b, ...
  const Tensor x = at({0, 10, 25, 45, 90.001});
  const std::vector<int> labels{7, 7, 3, 7, 3};
  const std::array<int, 4> ks{1, 2, 3, 4};
  const Retrieval found = retrieval(x, labels, ks);
  CHECK(found.recall == std::vector<double>{0.4, 0.8, 0.8, 1});
  // R = 2 for a: (1 + 0) / 2, (1 + 0) / 2, (0 + 1/2) / 2. R = 1 for b: 0, 0.
  CHECK(found.map_at_r == Approx((0.5 + 0.5 + 0.25) / 5).epsilon(1e-15));
}

TEST_CASE("retrieval is whole where labels lie apart, and chance where they do not") {
  const int64_t n = 2000;
  std::vector<int> labels;
  for (int64_t i = 0; i < n; ++i) labels.push_back(int(i % 10));
  const std::array<int, 2> ks{1, 10};
  const Tensor centres = Tensor::randn({10, 16}, Key(1));
  const Retrieval apart =
      retrieval(index_select(centres, 0, labels) + Tensor::randn({n, 16}, Key(2)) * 0.01, labels, ks);
  CHECK(apart.recall == std::vector<double>{1, 1});
  CHECK(apart.map_at_r == 1);
  const Tensor noise = Tensor::randn({n, 16}, Key(3));
  const Retrieval chance = retrieval(noise, labels, ks);
  CHECK(chance.recall[0] == Approx(0.1).epsilon(0.2));
  CHECK(chance.recall[1] == Approx(1 - std::pow(0.9, 10)).epsilon(0.05));
  CHECK(chance.map_at_r < 0.05);
  CHECK(test::same_on_threads([&] {
    const Retrieval again = retrieval(noise, labels, ks);
    return std::tuple(again.recall, again.map_at_r);
  }));
}

TEST_CASE("rows with equal features find each other, a label of one row asks for nothing") {
  const std::array<int, 1> ks{1};
  const Retrieval same = retrieval(at({5, 5, 5, 5, 80}), std::vector<int>{1, 1, 1, 1, 2}, ks);
  CHECK(same.recall == std::vector<double>{1});
  CHECK(same.map_at_r == 1);
}

TEST_CASE("retrieval refuses what cannot be found") {
  const Tensor x = at({0, 10, 20});
  const std::array<int, 1> none{0}, one{1}, three{3};
  CHECK_THROWS_WITH_AS(retrieval(x, std::vector<int>{0, 0, 1}, three),
                       "retrieval: k = 3 others cannot be found among 3 rows", Error);
  CHECK_THROWS_WITH_AS(retrieval(x, std::vector<int>{0, 0, 1}, none),
                       "retrieval: k = 0 others cannot be found among 3 rows", Error);
  CHECK_THROWS_WITH_AS(retrieval(x, std::vector<int>{0, 1, 2}, one),
                       "retrieval: no two rows have one label: there is nothing to find", Error);
}
