#include "nce/losses/gkcl.h"

#include <algorithm>

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& options) {
  check_views("gkcl", z1, z2, 2);
  check_options("gkcl", options);
  const double n = double(z1.size(0)), shift = 2 * options.kernel;
  const Tensor a = logit_rows(z1, 1 / shift), b = logit_rows(z2, 1 / shift);
  const PairFunction kernel = [shift]<class T>(const T* s, int64_t count, T* value, T* slope) {
    T* const k = value ? value : slope;
    kernels::scaled_exp(s, count, T(shift), T(1), k);
    if (value && slope) std::copy_n(k, count, slope);
  };
  const Tensor energy = sum_pairs(a, kernel) + sum_pairs(b, kernel);
  return mean(exp(paired(a, b) - shift)) * -2.0 + energy * (options.energy / (n * (n - 1)));
}

}  // namespace nce::losses
