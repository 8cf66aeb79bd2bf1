#include "nce/losses/debias.h"

#include <cmath>

namespace nce::losses {

Tensor debias(const Tensor& negatives, const Tensor& positive, double count, double tau_plus, double temperature) {
  if (tau_plus == 0) return negatives;
  const Tensor zero = Tensor::scalar(0, negatives.dtype()), one = Tensor::scalar(1, negatives.dtype());
  const Tensor least = std::log(count) - 1 / temperature - positive;
  // With x = log(sum / (tau_plus M exp(s+))): log(e^x - 1) = x + log(1 - e^-x), for x > 0.
  const Tensor x = negatives - std::log(tau_plus * count), left = gt(x.detach(), zero);
  const Tensor safe = where(left, x, one);  // where nothing is left, no NaN may enter the gradient
  const Tensor estimate = safe + log(1.0 - exp(-safe)) + std::log(tau_plus * count / (1 - tau_plus));
  return where(left, maximum(estimate, least), least);
}

}  // namespace nce::losses
