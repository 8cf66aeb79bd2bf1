#include "nce/losses/simple_contrastive.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor simple_contrastive(const Tensor& z1, const Tensor& z2, const SimpleContrastiveOptions& options) {
  check_views("simple_contrastive", z1, z2, 2);
  check_options("simple_contrastive", options);
  const double n = double(z1.size(0));
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positives = sum(a * b), all = sum(sum(a, 0) * sum(b, 0));
  return (all - positives) * (1 / (n * (n - 1))) - positives * (1 / n);
}

}  // namespace nce::losses
