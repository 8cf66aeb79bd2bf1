#include "nce/losses/sc_info_nce.h"

#include "nce/core/error.h"
#include "nce/losses/similarity.h"

namespace nce::losses {
namespace {

constexpr double kLargestWeight = 1e30;

}  // namespace

Tensor sc_info_nce_of(const Tensor& s, const ScInfoNceOptions& options) {
  check(s.dim() == 2 && s.size(0) == s.size(1) && s.size(0) >= 2,
        "sc_info_nce: similarities of shape (N, N), N at least 2, are needed, got {}", s.shape());
  const int64_t n = s.size(0);
  const double delta = options.delta, gamma = options.gamma.value_or(delta - 1);
  const Tensor positive = diagonal(s);
  const Tensor negatives = negatives_over_positive(s, positive, diagonal_mask(n, s.dtype()));
  const Tensor minus_log_p = options.denominator == Denominator::all ? softplus(negatives) : negatives;

  Tensor loss = mean(minus_log_p);
  if (delta != 1) loss = loss - mean(positive) * (delta - 1);
  if (options.positive_weight == PositiveWeight::published) {
    const Tensor p = minimum(exp(-minus_log_p.detach()), Tensor::scalar(kLargestWeight, s.dtype()));
    loss = loss - mean(p * positive);  // a weight, not a path for the gradient
  }
  if (gamma != 0) loss = loss + (sum(s) - sum(positive)) * (gamma / double(n * (n - 1)));
  return loss;
}

Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& options) {
  check_views("sc_info_nce", z1, z2, options.temperature, 2);
  return sc_info_nce_of(cosine_similarity(z1, z2, options.temperature), options);
}

}  // namespace nce::losses
