#include "nce/losses/theory/divergence.h"

#include <cmath>
#include <limits>

#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops.h"

namespace nce::losses {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double u_log_u(double u) { return u == 0 ? 0 : u * std::log(u); }

// For divergences with f*(f'(exp g)) = exp(power g) + constant.
std::function<PairFunction(double)> power(double power, double constant) {
  return [=](double shift) -> PairFunction {
    return [=]<class T>(const T* s, int64_t n, T* value, T* slope) {
      T* const e = value ? value : slope;
      for (int64_t i = 0; i < n; ++i) e[i] = T(power) * (s[i] + T(shift));
      kernels::elementwise<T>().exp(e, n, e);
      if (slope)
        for (int64_t i = 0; i < n; ++i) slope[i] = T(power) * e[i];
      if (value && constant != 0)
        for (int64_t i = 0; i < n; ++i) value[i] += T(constant);
    };
  };
}

// softplus(g) - log 2
PairFunction js_negative(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    T* const g = value ? value : slope;
    for (int64_t i = 0; i < n; ++i) g[i] = s[i] + T(shift);
    if (slope) kernels::elementwise<T>().sigmoid(g, n, slope);
    if (!value) return;
    kernels::elementwise<T>().softplus(g, n, value);
    for (int64_t i = 0; i < n; ++i) value[i] -= T(std::log(2.));
  };
}

// 4 sigmoid(g)^2 - 1
PairFunction vlc_negative(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    T* const p = value ? value : slope;
    for (int64_t i = 0; i < n; ++i) p[i] = s[i] + T(shift);
    kernels::elementwise<T>().sigmoid(p, n, p);
    if (slope)
      for (int64_t i = 0; i < n; ++i) slope[i] = 8 * p[i] * p[i] * (1 - p[i]);
    if (value)
      for (int64_t i = 0; i < n; ++i) value[i] = 4 * p[i] * p[i] - 1;
  };
}

// 1 - 4 (1 - p)^2, p = sigmoid(g), written in p: a small p keeps its digits.
Tensor vlc_positive(const Tensor& g) {
  const Tensor p = sigmoid(g);
  return p * 8.0 - square(p) * 4.0 - 3.0;
}

}  // namespace

Catalogue<Divergence> divergences(double order) {
  const double a = order;
  return {
      "divergence",
      {{.name = "kl",
        .f = u_log_u,
        .slope = [](double u) { return std::log(u) + 1; },
        .conjugate = [](double t) { return std::exp(t - 1); },
        .conjugate_slope = [](double t) { return std::exp(t - 1); },
        .conjugate_curvature = [](double t) { return std::exp(t - 1); },
        .positive = [](const Tensor& g) { return g + 1.0; },
        .negative = power(1, 0)},
       {.name = "chi2",
        .f = [](double u) { return (u - 1) * (u - 1); },
        .slope = [](double u) { return 2 * (u - 1); },
        .conjugate = [](double t) { return t + t * t / 4; },
        .conjugate_slope = [](double t) { return 1 + t / 2; },
        .conjugate_curvature = [](double) { return 0.5; },
        .positive = [](const Tensor& g) { return (exp(g) - 1.0) * 2.0; },
        .negative = power(2, -1)},
       {.name = "js",
        .f = [](double u) { return u_log_u(u) - (u + 1) * std::log((u + 1) / 2); },
        .slope = [](double u) { return std::log(2 * u / (u + 1)); },
        .conjugate = [](double t) { return t < std::log(2.) ? -std::log(2 - std::exp(t)) : kInfinity; },
        .conjugate_slope = [](double t) { return t < std::log(2.) ? std::exp(t) / (2 - std::exp(t)) : kInfinity; },
        .conjugate_curvature =
            [](double t) { return t < std::log(2.) ? 2 * std::exp(t) / std::pow(2 - std::exp(t), 2) : kInfinity; },
        .positive = [](const Tensor& g) { return std::log(2.) - softplus(-g); },
        .negative = js_negative},
       {.name = "squared_hellinger",
        .f = [](double u) { return (std::sqrt(u) - 1) * (std::sqrt(u) - 1); },
        .slope = [](double u) { return 1 - 1 / std::sqrt(u); },
        .conjugate = [](double t) { return t < 1 ? t / (1 - t) : kInfinity; },
        .conjugate_slope = [](double t) { return t < 1 ? 1 / ((1 - t) * (1 - t)) : kInfinity; },
        .conjugate_curvature = [](double t) { return t < 1 ? 2 / std::pow(1 - t, 3) : kInfinity; },
        .positive = [](const Tensor& g) { return 1.0 - exp(g * -0.5); },
        .negative = power(0.5, -1)},
       {.name = "tsallis",
        .f = [a](double u) { return std::pow(u, a) / (a - 1); },
        .slope = [a](double u) { return a / (a - 1) * std::pow(u, a - 1); },
        .conjugate = [a](double t) { return t > 0 ? std::pow((a - 1) * t / a, a / (a - 1)) : 0; },
        .conjugate_slope = [a](double t) { return t > 0 ? std::pow((a - 1) * t / a, 1 / (a - 1)) : 0; },
        .conjugate_curvature =
            [a](double t) { return t > 0 ? std::pow((a - 1) * t / a, (2 - a) / (a - 1)) / a : 0; },
        .positive = [a](const Tensor& g) { return exp(g * (a - 1)) * (a / (a - 1)); },
        .negative = power(a, 0)},
       {.name = "vlc",
        .f = [](double u) { return (u - 1) * (u - 1) / (u + 1); },
        .slope = [](double u) { return 1 - 4 / ((u + 1) * (u + 1)); },
        .conjugate = [](double t) { return t <= 1 ? 4 - t - 4 * std::sqrt(1 - t) : kInfinity; },
        .conjugate_slope = [](double t) { return t < 1 ? 2 / std::sqrt(1 - t) - 1 : kInfinity; },
        .conjugate_curvature = [](double t) { return t < 1 ? 1 / std::pow(1 - t, 1.5) : kInfinity; },
        .positive = vlc_positive,
        .negative = vlc_negative}}};
}

}  // namespace nce::losses
