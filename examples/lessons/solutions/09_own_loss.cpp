// The exercises of lesson 9.
#include <cstdio>

#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

Tensor cosines(const Tensor& z1, const Tensor& z2) { return matmul(normalize(z1), t(normalize(z2))); }

// 1. A constant for each anchor changes nothing: the softmax divides it out again.
double shifted(const Tensor& z1, const Tensor& z2, double shift) {
  return neg(mean(diagonal(log_softmax(cosines(z1, z2) / 0.2 + shift, 1)))).item();
}

// 2. The largest negative must stay `margin` below the positive: mean_i max(0, margin + max_k c_ik - c_ii), k != i.
Tensor hinge(const Tensor& z1, const Tensor& z2, double margin) {
  const Tensor c = cosines(z1, z2);
  const Tensor hardest = max(masked_fill(c, Tensor::eye(c.size(0), c.dtype()), -2), {1});
  return mean(relu(hardest - diagonal(c) + margin));
}

}  // namespace

int main() {
  const Tensor z1 = Tensor::randn({8, 16}, Key(1), DType::f64), z2 = Tensor::randn({8, 16}, Key(2), DType::f64);
  std::printf("shift 0: %.6f, shift 5: %.6f\n", shifted(z1, z2, 0), shifted(z1, z2, 5));

  std::printf("hinge: %.6f; partners equal, others at right angles: %.6f\n", hinge(z1, z2, 0.5).item(),
              hinge(Tensor::eye(8, 16, DType::f64), Tensor::eye(8, 16, DType::f64), 0.5).item());
  gradcheck([](const auto& z) { return hinge(z[0], z[1], 0.5); }, {z1, z2});
  std::printf("gradcheck agrees\n");
}
