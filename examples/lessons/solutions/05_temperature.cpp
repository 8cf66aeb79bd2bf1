// The exercises of lesson 5.
#include <cmath>
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"

using namespace nce;

int main() {
  // 1. With the partner at 1 and all others at c, the loss is log(1 + (N - 1) exp((c - 1) / T)). Cosines alone allow c = -1. But N
  // unit vectors u have 0 <= |sum u|^2 = N + (sum of all cosines of two). So their mean cosine is at least -1 / (N - 1).
  std::printf("N = 256, log N = %.3f. The least loss:\n", std::log(256));
  const auto loss = [](double c, double temperature) {
    return std::log(1 + 255 * std::exp((c - 1) / temperature));
  };
  for (const double temperature : {1.0, 0.5, 0.1})
    std::printf("temperature %.1f: %.2g with negatives at -1, %.2g with unit vectors\n", temperature,
                loss(-1, temperature), loss(-1.0 / 255, temperature));

  // 2. A loss of log N says that all candidates look alike: the encoder has collapsed. More than log N: wrong ones look nearer.
  const Tensor z = Tensor::randn({64, 8}, Key(1), DType::f64);
  std::printf("log N %.3f; collapsed %.3f; each one at its partner's opposite %.3f\n", std::log(64),
              losses::info_nce(Tensor::ones({64, 8}), Tensor::ones({64, 8})).item(),
              losses::info_nce(z, neg(z)).item());
}
