#include "nce/losses/sc_info_nce.h"

#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& options) {
  check_views("sc_info_nce", z1, z2, options.temperature, 2);
  const int64_t n = z1.size(0);
  const double delta = options.delta, gamma = options.gamma.value_or(delta - 1);
  const Tensor s = cosine_similarity(z1, z2, options.temperature);
  const Tensor positive = diagonal(s);
  const Tensor negatives = negatives_over_positive(s, positive, diagonal_mask(n, s.dtype()));
  const Tensor minus_log_p = options.denominator == Denominator::all ? softplus(negatives) : negatives;

  Tensor loss = mean(minus_log_p);
  if (delta != 1) loss = loss - mean(positive) * (delta - 1);
  if (options.positive_weight == PositiveWeight::published)
    loss = loss - mean(exp(-minus_log_p.detach()) * positive);  // a weight, not a path for the gradient
  if (gamma != 0) loss = loss + (sum(s) - sum(positive)) * (gamma / double(n * (n - 1)));
  return loss;
}

}  // namespace nce::losses
