#include "nce/losses/multi_crop.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "nce/core/gradcheck.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/info_nce.h"

using namespace nce;
using namespace nce::losses;

namespace {

std::vector<Tensor> views(int64_t count) {
  std::vector<Tensor> all;
  for (int64_t v = 0; v < count; ++v) all.push_back(Tensor::randn({6, 4}, Key(uint64_t(v) + 1), DType::f64));
  return all;
}
Tensor pair_loss(const Tensor& v, const Tensor& q) { return info_nce(v, q, {.temperature = 0.3}); }

}  // namespace

TEST_CASE("multi-crop sets each view against each other large one, and no small view against another") {
  const std::vector<Tensor> z = views(5);
  std::vector<std::pair<int, int>> pairs;
  double sum = 0;
  const Tensor mean = multi_crop(z, 2, [&](const Tensor& v, const Tensor& q) {
    const auto place = [&](const Tensor& x) {
      for (size_t i = 0; i < z.size(); ++i)
        if (x.data<double>() == z[i].data<double>()) return int(i);
      return -1;
    };
    pairs.emplace_back(place(v), place(q));
    sum += pair_loss(v, q).item();
    return pair_loss(v, q);
  });
  CHECK(pairs == std::vector<std::pair<int, int>>{{1, 0}, {2, 0}, {3, 0}, {4, 0}, {0, 1}, {2, 1}, {3, 1}, {4, 1}});
  CHECK(mean.item() == doctest::Approx(sum / 8).epsilon(1e-14));
  // Two large views alone: both directions.
  const double both = info_nce(z[0], z[1], {.temperature = 0.3, .symmetric = true}).item();
  CHECK(multi_crop({z[0], z[1]}, 2, pair_loss).item() == doctest::Approx(both).epsilon(1e-14));
}

TEST_CASE("multi-crop of one point is the loss of one point, and its gradient is the central difference") {
  const Tensor point = Tensor::ones({6, 4}, DType::f64);
  CHECK(multi_crop({point, point, point, point}, 2, pair_loss).item() == doctest::Approx(std::log(6)));
  gradcheck([](const auto& z) { return multi_crop(z, 2, pair_loss); }, views(4));
}

TEST_CASE("multi-crop without a large view, or of one view alone, is refused") {
  CHECK_THROWS_WITH_AS(multi_crop(views(3), 0, pair_loss),
                       "multi_crop: 0 of 3 views cannot be large ones; at least 1 of 2", Error);
  CHECK_THROWS_AS(multi_crop(views(1), 1, pair_loss), Error);
  CHECK_THROWS_AS(multi_crop(views(3), 4, pair_loss), Error);
}
