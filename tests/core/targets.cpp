#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

// What the vector kernels compute: direct and minimal convolutions, fused normalisation, exponentials; odd sizes.
std::vector<std::vector<double>> results(DType dtype) {
  const auto leaf = [dtype](const Shape& shape, uint64_t seed) {
    return Tensor::randn(shape, Key(seed), DType::f64).to(DType::f32).to(dtype).set_requires_grad(true);
  };
  Tensor x = leaf({3, 9, 7, 3}, 1), w1 = leaf({21, 3, 3, 3}, 2), w2 = leaf({37, 3, 3, 21}, 3), g = leaf({37}, 4),
         none;
  Tensor h = batch_norm_relu(conv2d(x, w1, {}, {.padding = 1}), {}, {}, none, none);
  h = batch_norm_relu_max_pool2d(conv2d(h, w2, {}, {.padding = 1}) * 0.1, g, {}, none, none);
  const Tensor out = relu(logsumexp(h, 3) + mean(exp(h * 0.5), 3));
  sum(out * out).backward();
  std::vector<std::vector<double>> all;
  for (const Tensor& t : {h, out, x.grad(), w1.grad(), w2.grad(), g.grad()}) all.push_back(t.to_vector<double>());
  return all;
}

void use_targets(int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

TEST_CASE("every instruction set that this processor has computes the same, up to rounding") {
  const auto exact = results(DType::f64);
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    use_targets(target);
    const std::vector<std::vector<double>> ours[] = {results(DType::f32), results(DType::f64)};
    use_targets(0);  // what the processor has
    const std::string name = hwy::TargetName(target);
    CAPTURE(name);
    for (size_t wide : {0, 1})
      for (size_t k = 0; k < exact.size(); ++k) {
        double worst = 0, scale = 0;
        for (size_t i = 0; i < exact[k].size(); ++i) {
          worst = std::max(worst, std::abs(ours[wide][k][i] - exact[k][i]));
          scale = std::max(scale, std::abs(exact[k][i]));
        }
        CAPTURE(k);
        CHECK(worst < scale * (wide ? 1e-12 : 2e-5));
      }
  }
}
