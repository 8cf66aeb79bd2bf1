#include "nce/losses/barlow_twins.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor barlow_twins(const Tensor& z1, const Tensor& z2, const BarlowTwinsOptions& options) {
  check_views("barlow_twins", z1, z2, 2);
  check_options("barlow_twins", options);
  const auto standardised = [&](const Tensor& z) {
    return (z - mean(z, 0, true)) * rsqrt(var(z, 0, true, 0) + options.eps);
  };
  const Tensor c = matmul(t(standardised(z1)), standardised(z2)) * (1 / double(z1.size(0)));
  const Tensor own = diagonal(c);
  return sum(square(own - 1.0)) + (sum(square(c)) - sum(square(own))) * options.lambda;
}

}  // namespace nce::losses
