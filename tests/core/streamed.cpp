// Results too large for the caches are written past them. The bits must be those of two halves, which are not.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

constexpr int64_t kImages = 64, kSide = 32;

Tensor of_images(const Tensor& x, int64_t first, int64_t count) { return slice(x, 0, first, first + count); }

// f(x) and the derivative by x, for all images at once and for each half.
void check_halves(int64_t channels, const std::function<Tensor(const Tensor&)>& f) {
  const auto run = [&](const Tensor& images, int64_t first) {
    Tensor x = images.detach().set_requires_grad(true);
    const Tensor y = f(x);
    const Tensor weights = Tensor::randn({kImages, y.size(1), y.size(2), y.size(3)}, Key(7));
    y.backward(of_images(weights, first, x.size(0)));
    return std::pair<Tensor, Tensor>(y.detach(), x.grad());
  };
  const Tensor x = Tensor::randn({kImages, kSide, kSide, channels}, Key(1));
  const auto [y, dx] = run(x, 0);
  REQUIRE(beyond_caches(std::max(y.numel(), dx.numel()) * 4));
  for (const int64_t first : {int64_t{0}, kImages / 2}) {
    const auto [half_y, half_dx] = run(of_images(x, first, kImages / 2), first);
    REQUIRE(!beyond_caches(std::max(half_y.numel(), half_dx.numel()) * 4));
    CHECK((half_y.to_vector<float>() == of_images(y, first, kImages / 2).to_vector<float>()));
    CHECK((half_dx.to_vector<float>() == of_images(dx, first, kImages / 2).to_vector<float>()));
  }
}

}  // namespace

TEST_CASE("large convolutions have the bits of small ones") {
  for (const int64_t in : {int64_t{64}, int64_t{8}}) {  // by Winograd's method, and by patches
    const Tensor weight = Tensor::randn({64, 3, 3, in}, Key(2));
    check_halves(in, [&](const Tensor& x) { return conv2d(x, weight, {}, {.padding = 1}); });
  }
}

TEST_CASE("large normalisations have the bits of small ones") {
  Tensor mean = Tensor::randn({64}, Key(3)), var = exp(Tensor::randn({64}, Key(4)));
  const Tensor weight = Tensor::randn({64}, Key(5)), bias = Tensor::randn({64}, Key(6));
  const BatchNormOptions evaluation{.training = false};
  check_halves(64, [&](const Tensor& x) { return batch_norm(x, weight, bias, mean, var, evaluation); });
  check_halves(64, [&](const Tensor& x) { return batch_norm_relu(x, weight, bias, mean, var, evaluation); });
  check_halves(64, [&](const Tensor& x) { return batch_norm_add_relu(x, x, weight, bias, mean, var, evaluation); });
  check_halves(64, [&](auto& x) { return batch_norm_relu_max_pool2d(x, weight, bias, mean, var, evaluation); });
}
