#include "nce/losses/f_micl.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

// f'(exp g)
Tensor slope_at(const Tensor& g, Divergence divergence, double order) {
  switch (divergence) {
    case Divergence::kl:
      return g + 1.0;
    case Divergence::chi2:
      return (exp(g) - 1.0) * 2.0;
    case Divergence::js:
      return std::log(2.) - softplus(-g);
    case Divergence::squared_hellinger:
      return 1.0 - exp(g * -0.5);
    case Divergence::tsallis:
      return exp(g * (order - 1)) * (order / (order - 1));
    case Divergence::vlc: {
      const Tensor p = sigmoid(g);  // 1 - 4 (1 - p)^2; in p, a small one keeps its digits
      return p * 8.0 - square(p) * 4.0 - 3.0;
    }
  }
  fail("f_micl: no such divergence");
}

// f*(f'(exp g)) is scale exp(power g) + a constant, where it is a power of exp g.
struct Power {
  double power, constant;
};

Power power_of(Divergence divergence, double order) {
  switch (divergence) {
    case Divergence::chi2:
      return {2, -1};
    case Divergence::squared_hellinger:
      return {0.5, -1};
    case Divergence::tsallis:
      return {order, 0};
    default:
      return {1, 0};
  }
}

// f*(f'(exp g)) for g = s + shift.
PairFunction conjugate(Divergence divergence, double order, double shift) {
  if (divergence == Divergence::js)
    return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
      T* const g = value ? value : slope;
      for (int64_t i = 0; i < n; ++i) g[i] = s[i] + T(shift);
      if (slope) kernels::sigmoid(g, n, slope);
      if (!value) return;
      kernels::softplus(g, n, value);
      for (int64_t i = 0; i < n; ++i) value[i] -= T(std::log(2.));
    };
  if (divergence == Divergence::vlc)
    return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
      T* const p = value ? value : slope;
      for (int64_t i = 0; i < n; ++i) p[i] = s[i] + T(shift);
      kernels::sigmoid(p, n, p);
      if (slope)
        for (int64_t i = 0; i < n; ++i) slope[i] = 8 * p[i] * p[i] * (1 - p[i]);
      if (value)
        for (int64_t i = 0; i < n; ++i) value[i] = 4 * p[i] * p[i] - 1;
    };
  return [shift, with = power_of(divergence, order)]<class T>(const T* s, int64_t n, T* value, T* slope) {
    T* const e = value ? value : slope;
    for (int64_t i = 0; i < n; ++i) e[i] = T(with.power) * (s[i] + T(shift));
    kernels::exp(e, n, e);
    if (slope)
      for (int64_t i = 0; i < n; ++i) slope[i] = T(with.power) * e[i];
    if (value && with.constant != 0)
      for (int64_t i = 0; i < n; ++i) value[i] += T(with.constant);
  };
}

}  // namespace

Tensor f_micl(const Tensor& z1, const Tensor& z2, const FMiclOptions& options) {
  check_views("f_micl", z1, z2, 2);
  check_options("f_micl", options);
  const double n = double(z1.size(0)), shift = std::log(options.mu) - 1 / options.temperature.value();
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = slope_at(paired(a, b) + shift, options.divergence, options.order);
  const Tensor negative = sum_pairs(a, b, conjugate(options.divergence, options.order, shift), Exclude::self);
  return negative * (options.alpha / (n * (n - 1))) - mean(positive);
}

}  // namespace nce::losses
