#include "nce/losses/engine/similarity.h"

#include <cmath>

#include "nce/core/error.h"

namespace nce::losses {

void check_views(const char* loss, const Tensor& z1, const Tensor& z2, double temperature, int64_t least) {
  check(z1.dim() == 2 && z1.shape() == z2.shape(), "{}: two views of one shape (N, d) are needed, got {} and {}",
        loss, z1.shape(), z2.shape());
  check(z1.size(0) >= least, "{}: at least {} pairs are needed, got {}", loss, least, z1.size(0));
  check(temperature > 0 && std::isfinite(temperature), "{}: temperature must be positive, got {}", loss,
        temperature);
}

Tensor unit_rows(const Tensor& z, double temperature, const Tensor& logit_scale) {
  if (!logit_scale.defined()) return normalize(z) * std::sqrt(1 / temperature);
  check(logit_scale.numel() == 1, "unit_rows: logit_scale must have one element, got {}", logit_scale.shape());
  return normalize(z) * exp(reshape(logit_scale, {}) * 0.5);
}

Tensor paired(const Tensor& a, const Tensor& b) { return sum(a * b, 1); }

}  // namespace nce::losses
