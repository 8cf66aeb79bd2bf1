#include "nce/losses/sc_info_nce.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

constexpr double kLargestWeight = 1e30;

}  // namespace

Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& options) {
  check_views("sc_info_nce", z1, z2, 2);
  check_options("sc_info_nce", options);
  const int64_t n = z1.size(0);
  const double delta = options.delta, gamma = options.gamma.value_or(delta - 1);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);
  const Tensor negatives = logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive});
  const Tensor minus_log_p = options.denominator == Denominator::all ? softplus(negatives) : negatives;

  Tensor loss = mean(minus_log_p);
  if (delta != 1) loss = loss - mean(positive) * (delta - 1);
  if (options.positive_weight == PositiveWeight::published) {
    const Tensor p = minimum(exp(-minus_log_p.detach()), Tensor::scalar(kLargestWeight, a.dtype()));
    loss = loss - mean(p * positive);  // a weight, not a path for the gradient
  }
  if (gamma != 0) {
    // The sum over all pairs is the product of the sums of the rows.
    const Tensor all = sum(sum(a, 0) * sum(b, 0));
    loss = loss + (all - sum(positive)) * (gamma / double(n * (n - 1)));
  }
  return loss;
}

}  // namespace nce::losses
