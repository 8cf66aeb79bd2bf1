// The exercises of lesson 1.
#include <cmath>
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"

using namespace nce;

int main() {
  // 1. Steps of 0.3 are too long: each one jumps over the valley, to a place higher up. The slope is 8 (w - 3.5), so a step
  // multiplies w - 3.5 by 1 - 0.3 * 8 = -1.4. With 0.1 that is 0.2.
  Tensor w = Tensor::scalar(3, DType::f64).set_requires_grad(true);
  for (int step = 1; step <= 3; ++step) {
    const Tensor error = square(w * 2 - 7);
    w.zero_grad();
    error.backward();
    const NoGrad no_grad;
    w -= w.grad() * 0.3;
    std::printf("step of 0.3: w = %.4f\n", w.item());
  }

  // 2. The derivative of x^3 / exp(x) is (3 x^2 - x^3) / exp(x). At 3 it is 0: there the function has its top.
  Tensor x = Tensor::from({1, 3, 5}, {3}, DType::f64).set_requires_grad(true);
  sum(pow(x, 3) / exp(x)).backward();
  for (int i = 0; i < 3; ++i) {
    const double at = x[i].item();
    std::printf("at %g: backward %.6f, by hand %.6f\n", at, x.grad()[i].item(),
                (3 * at * at - at * at * at) * std::exp(-at));
  }
}
