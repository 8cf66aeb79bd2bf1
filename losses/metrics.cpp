#include "nce/losses/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/ops.h"
#include "nce/losses/engine/negatives_over_positive.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor alignment(const Tensor& z1, const Tensor& z2) {
  check_views("alignment", z1, z2);
  return mean(sum(square(normalize(z1) - normalize(z2)), 1));
}

Tensor uniformity(const Tensor& z, double t) {
  check(z.dim() == 2 && z.size(0) >= 2, "uniformity: embeddings of shape (N, d), N at least 2, are needed, got {}",
        z.shape());
  check(t > 0 && std::isfinite(t), "uniformity: t must be above 0, got {}", t);
  // -t |u_i - u_j|^2 = 2 t u_i . u_j - 2 t
  const auto n = double(z.size(0));
  const Tensor rows = logsumexp_pairs(logit_rows(z, 1 / (2 * t)), {.exclude = Exclude::self});
  return logsumexp(rows) - (2 * t + std::log(n * (n - 1)));
}

namespace {

std::vector<double> singular_values_of(const char* op, const Tensor& z) {
  check(z.dim() == 2, "{}: embeddings of shape (N, d) are needed, got {}", op, z.shape());
  NoGrad no_grad;
  const Tensor x = z.to(DType::f64);
  const Tensor gram = z.size(0) < z.size(1) ? matmul(x, t(x)) : matmul(t(x), x);
  const int64_t n = gram.size(0);
  std::vector<double> values = symmetric_eigenvalues(gram.to_vector<double>(), n);
  std::reverse(values.begin(), values.end());
  // Smaller eigenvalues are rounding errors. They must be 0: their square roots would not be small.
  const double nothing =
      values.empty() ? 0 : double(n) * std::numeric_limits<double>::epsilon() * std::max(0.0, values.front());
  for (double& value : values) value = value <= nothing ? 0 : std::sqrt(value);
  return values;
}

}  // namespace

std::vector<double> singular_values(const Tensor& z) { return singular_values_of("singular_values", z); }

double effective_rank(const Tensor& z) { return effective_rank(singular_values_of("effective_rank", z)); }

double effective_rank(std::span<const double> singular_values) {
  double total = 0, weighted = 0;  // sums of s and of s log s, the smallest first
  for (size_t i = singular_values.size(); i-- > 0;)
    if (const double s = singular_values[i]; s != 0) total += s, weighted += s * std::log(s);
  return total == 0 ? 0 : std::exp(std::log(total) - weighted / total);
}

Tensor positive_probability(const Tensor& z1, const Tensor& z2, const PositiveProbabilityOptions& options) {
  check_views("positive_probability", z1, z2, 2);
  check_options("positive_probability", Temperature(options.temperature));
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor negatives = negatives_over_positive(a, b, paired(a, b), options.negatives,
                                                   options.negatives == NegativesFrom::both_views);
  return mean(options.denominator == Denominator::all ? sigmoid(-negatives) : exp(-negatives));
}

}  // namespace nce::losses
