#include "nce/losses/spectral_contrastive.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor spectral_contrastive(const Tensor& z1, const Tensor& z2, const SpectralContrastiveOptions& options) {
  check_views("spectral_contrastive", z1, z2, 2);
  check_options("spectral_contrastive", options);
  const double n = double(z1.size(0));
  const Tensor a = options.normalised ? logit_rows(z1, options.temperature) : z1;
  const Tensor b = options.normalised ? logit_rows(z2, options.temperature) : z2;
  const Tensor positive = paired(a, b);
  // sum_ik (a_i . b_k)^2 = sum_ik sum_pq a_ip a_iq b_kp b_kq
  const Tensor squares = sum(matmul(t(a), a) * matmul(t(b), b));
  return mean(positive) * -2.0 + (squares - sum(square(positive))) * (1 / (n * (n - 1)));
}

}  // namespace nce::losses
