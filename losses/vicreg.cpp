#include "nce/losses/vicreg.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor vicreg(const Tensor& z1, const Tensor& z2, const VicregOptions& options) {
  check_views("vicreg", z1, z2, 2);
  check_options("vicreg", options);
  const double n = double(z1.size(0)), d = double(z1.size(1));
  Tensor loss = mean(square(z1 - z2)) * options.invariance;
  for (const Tensor& z : {z1, z2}) {
    const Tensor centred = z - mean(z, 0, true);
    const Tensor covariance = matmul(t(centred), centred) * (1 / (n - 1)), variance = diagonal(covariance);
    loss = loss + mean(relu(options.gamma - sqrt(variance + options.eps))) * (options.variance / 2) +
           (sum(square(covariance)) - sum(square(variance))) * (options.covariance / d);
  }
  return loss;
}

}  // namespace nce::losses
