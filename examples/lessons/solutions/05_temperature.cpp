// The exercises of lesson 5.
#include <cmath>
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"

using namespace nce;

int main() {
  // 1. The best that cosines allow: the partner at 1, all others at -1. Then the loss is log(1 + (N - 1) exp(-2 / T)). It is not 0.
  for (const double temperature : {1.0, 0.5, 0.1})
    std::printf("temperature %.1f, N = 256: the loss cannot fall below %.4f\n", temperature,
                std::log(1 + 255 * std::exp(-2 / temperature)));

  // 2. A loss of log N says that all candidates look alike: the encoder has collapsed. More than log N: wrong ones look nearer.
  const Tensor z = Tensor::randn({64, 8}, Key(1), DType::f64);
  std::printf("log N %.3f; collapsed %.3f; each one at its partner's opposite %.3f\n", std::log(64),
              losses::info_nce(Tensor::ones({64, 8}), Tensor::ones({64, 8})).item(),
              losses::info_nce(z, neg(z)).item());
}
