#include "nce/losses/gkcl.h"

#include "nce/losses/engine/pair_functions.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

constexpr double kNearest = 1e-6;  // riesz takes a smaller |x - y|^2 for this one

/// k(x, y) as a function of a dot product: k = of(shift)(p), where p - shift = -scale |x - y|^2 / 2.
struct OfProducts {
  double scale;
  std::function<PairFunction(double shift)> of;
  /// The kernel has no derivative at equal rows. Then the digits of a small distance matter.
  bool singular = false;
};

OfProducts of_products(Kernel kernel, const GkclOptions& o) {
  if (kernel == Kernel::log) return {2 * o.t, log_of_pair};
  if (kernel == Kernel::imq) return {2 / (o.c * o.c), imq_of_pair};
  if (kernel == Kernel::riesz)
    return {2, [s = o.s](double shift) { return riesz_of_pair(s, shift, kNearest); }, true};
  return {2 * o.t, exp_of_pair};
}

// Rows times sqrt(scale): their squared distances are scale |x - y|^2.
Tensor scaled_rows(const Tensor& z, double scale, bool normalised) {
  return normalised ? logit_rows(z, 1 / scale) : z * std::sqrt(scale);
}

// Mean of k over the pairs of scaled rows.
Tensor alignment(const Tensor& a, const Tensor& b, const OfProducts& k, bool normalised) {
  if (normalised && !k.singular) return mean(map_pairs(paired(a, b), k.of(k.scale)));
  return mean(map_pairs(sum(square(a - b), 1) * -0.5, k.of(0)));
}

// Sum of k over each two different rows, of scaled rows.
Tensor energy(const Tensor& a, const OfProducts& k, bool normalised) {
  if (normalised) return sum_pairs(a, k.of(k.scale));
  const auto [x, y] = distance_rows(a);
  return sum_pairs(x, y, k.of(0), Exclude::self);
}

}  // namespace

Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& options) {
  check_loss("gkcl", z1, z2, options, 2);
  const double n = double(z1.size(0));
  const bool mixed = options.kernel == Kernel::gaussian_riesz, normalised = options.normalised;
  const OfProducts near = of_products(mixed ? Kernel::gaussian : options.kernel, options);
  const OfProducts far = of_products(mixed ? Kernel::riesz : options.kernel, options);
  const auto rows = [&](const Tensor& z, const OfProducts& k) { return scaled_rows(z, k.scale, normalised); };
  const Tensor a = rows(z1, near), b = rows(z2, near);
  const Tensor energies =
      energy(mixed ? rows(z1, far) : a, far, normalised) + energy(mixed ? rows(z2, far) : b, far, normalised);
  return alignment(a, b, near, normalised) * -2.0 + energies * (options.energy / (n * (n - 1)));
}

}  // namespace nce::losses
