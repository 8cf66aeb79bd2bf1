// The exercises of lesson 6.
#include <cmath>
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/metrics.h"

using namespace nce;

namespace {

// Free embeddings, without a network: 16 pairs that begin at one point, but for noise of this size.
void from_collapse(double noise) {
  const Tensor same = Tensor::ones({16, 4}, DType::f64);
  Tensor z1 = same + Tensor::randn({16, 4}, Key(1), DType::f64) * noise;
  Tensor z2 = z1 + Tensor::randn({16, 4}, Key(2), DType::f64) * noise;
  for (Tensor* z : {&z1, &z2}) z->set_requires_grad(true);
  std::printf("noise %g:", noise);
  for (int step = 0; step <= 300; ++step) {
    const Tensor loss = losses::info_nce(z1, z2, {.temperature = 0.2});
    if (step % 100 == 0) std::printf("  step %d: %.4f", step, loss.item());
    loss.backward();
    const NoGrad no_grad;
    for (Tensor* z : {&z1, &z2}) {
      *z -= z->grad() * 2;
      z->zero_grad();
    }
  }
  std::printf("\n");
}

}  // namespace

int main() {
  // 1. If all embeddings are the same, the gradient is 0: no direction is better than another. But this is a saddle, not a valley. A
  // little noise grows until the embeddings are apart. log 16 is 2.7726.
  from_collapse(0);
  from_collapse(1e-4);

  // 2. Embeddings in three dimensions that use all three, two or one of them, or two of them a little.
  const Tensor z = Tensor::randn({1000, 3}, Key(1), DType::f64);
  for (const auto& scales : {std::vector<double>{1, 1, 1}, {1, 1, 0}, {1, 0, 0}, {1, 0.1, 0.1}})
    std::printf("scales %g %g %g: effective rank %.2f\n", scales[0], scales[1], scales[2],
                losses::effective_rank(z * Tensor::from(scales, {3})));
}
