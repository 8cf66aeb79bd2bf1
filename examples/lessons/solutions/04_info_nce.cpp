// The exercises of lesson 4.
#include <cstdio>

#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/nt_xent.h"

using namespace nce;

namespace {

Tensor info_nce(const Tensor& z1, const Tensor& z2) {
  return neg(mean(diagonal(log_softmax(matmul(normalize(z1), t(normalize(z2))) / 0.2, 1))));
}

// 2. All 2N rows are anchors. Each has 2N - 1 candidates: all rows but itself. Its partner is N rows away.
Tensor nt_xent(const Tensor& z1, const Tensor& z2) {
  const int64_t n = z1.size(0);
  const Tensor z = normalize(concatenate({z1, z2}));
  const Tensor s = masked_fill(matmul(z, t(z)) / 0.2, Tensor::eye(2 * n, z.dtype()), -1e9);
  const Tensor log_p = log_softmax(s, 1);
  const Tensor right = concatenate({diagonal(slice(log_p, 1, n, 2 * n)), diagonal(slice(log_p, 0, n, 2 * n))});
  return neg(mean(right));
}

}  // namespace

int main() {
  const Tensor z1 = Tensor::randn({8, 16}, Key(1), DType::f64), z2 = Tensor::randn({8, 16}, Key(2), DType::f64);

  // 1. The symmetric loss is the mean of both directions: z1 asks z2, and z2 asks z1.
  std::printf("symmetric: by hand %.6f, library %.6f\n", ((info_nce(z1, z2) + info_nce(z2, z1)) / 2).item(),
              losses::info_nce(z1, z2, {.temperature = 0.2, .symmetric = true}).item());

  std::printf("nt_xent: by hand %.6f, library %.6f\n", nt_xent(z1, z2).item(),
              losses::nt_xent(z1, z2, {.temperature = 0.2}).item());
  gradcheck([](const auto& z) { return nt_xent(z[0], z[1]); }, {z1, z2});
  std::printf("gradcheck agrees\n");
}
