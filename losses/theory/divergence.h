#pragma once
#include <cmath>
#include <limits>

// clang-format off: a table
/// The f-divergences of f-MICL (Lu et al., "f-MICL: Understanding and Generalizing InfoNCE-based Contrastive
/// Learning", TMLR 2023, table 1), as plain functions: f, convex, its conjugate f*(t) = sup_u (ut - f(u)), and
/// their derivatives.
///
///     divergence         f(u)                              f'(u)                f*(t)                      t
///     kl                 u log u                           log u + 1            exp(t - 1)                 any
///     chi2 (Pearson)     (u - 1)^2                         2 (u - 1)            t + t^2/4                  any
///     js                 u log u - (u + 1) log((u + 1)/2)  log(2u / (u + 1))    -log(2 - exp t)            < log 2
///     squared_hellinger  (sqrt u - 1)^2                    1 - 1/sqrt u         t / (1 - t)                < 1
///     tsallis (order a)  u^a / (a - 1)                     a/(a - 1) u^(a - 1)  ((a - 1) t/a)^(a/(a - 1))  >= 0
///     vlc                (u - 1)^2 / (u + 1)               1 - 4/(u + 1)^2      4 - t - 4 sqrt(1 - t)      < 1
///
/// f* and f' are inverse in the sense that f*'(f'(u)) = u, and f*(f'(u)) = u f'(u) - f(u), which is what the loss
/// puts on a negative. The formulas of chi2 and vlc go on below t = f'(0), where the supremum over u >= 0 would be
/// at u = 0 (a constant): so their f* stays strictly convex, and a logit that has overshot is pulled back. Tsallis'
/// is constant below t = 0. Its f is not 0 but 1/(a - 1) at 1, a constant that no gradient sees.
// clang-format on
namespace nce::losses {

enum class Divergence { kl, chi2, js, squared_hellinger, tsallis, vlc };

/// The order of the Tsallis divergence where none is given (the others have no use for it); above 1.
constexpr double kTsallisOrder = 3;

/// f(u), u >= 0.
inline double divergence_f(Divergence divergence, double u, double order = kTsallisOrder) {
  const auto u_log_u = [](double x) { return x == 0 ? 0 : x * std::log(x); };
  switch (divergence) {
    case Divergence::kl:
      return u_log_u(u);
    case Divergence::chi2:
      return (u - 1) * (u - 1);
    case Divergence::js:
      return u_log_u(u) - (u + 1) * std::log((u + 1) / 2);
    case Divergence::squared_hellinger:
      return (std::sqrt(u) - 1) * (std::sqrt(u) - 1);
    case Divergence::tsallis:
      return std::pow(u, order) / (order - 1);
    case Divergence::vlc:
      return (u - 1) * (u - 1) / (u + 1);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// f'(u): the logit at which the loss of a divergence is least where the density ratio is u. -inf at u = 0 for kl,
/// js and squared_hellinger.
inline double divergence_slope(Divergence divergence, double u, double order = kTsallisOrder) {
  switch (divergence) {
    case Divergence::kl:
      return std::log(u) + 1;
    case Divergence::chi2:
      return 2 * (u - 1);
    case Divergence::js:
      return std::log(2 * u / (u + 1));
    case Divergence::squared_hellinger:
      return 1 - 1 / std::sqrt(u);
    case Divergence::tsallis:
      return order / (order - 1) * std::pow(u, order - 1);
    case Divergence::vlc:
      return 1 - 4 / ((u + 1) * (u + 1));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// f*(t); +inf where it has no value.
inline double divergence_conjugate(Divergence divergence, double t, double order = kTsallisOrder) {
  const double infinity = std::numeric_limits<double>::infinity();
  switch (divergence) {
    case Divergence::kl:
      return std::exp(t - 1);
    case Divergence::chi2:
      return t + t * t / 4;
    case Divergence::js:
      return t < std::log(2.) ? -std::log(2 - std::exp(t)) : infinity;
    case Divergence::squared_hellinger:
      return t < 1 ? t / (1 - t) : infinity;
    case Divergence::tsallis:
      return t > 0 ? std::pow((order - 1) * t / order, order / (order - 1)) : 0;
    case Divergence::vlc:
      return t <= 1 ? 4 - t - 4 * std::sqrt(1 - t) : infinity;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// f*'(t), the density ratio that a logit t stands for: the inverse of `divergence_slope`; +inf where f* has no
/// value.
inline double divergence_conjugate_slope(Divergence divergence, double t, double order = kTsallisOrder) {
  const double infinity = std::numeric_limits<double>::infinity();
  switch (divergence) {
    case Divergence::kl:
      return std::exp(t - 1);
    case Divergence::chi2:
      return 1 + t / 2;
    case Divergence::js:
      return t < std::log(2.) ? std::exp(t) / (2 - std::exp(t)) : infinity;
    case Divergence::squared_hellinger:
      return t < 1 ? 1 / ((1 - t) * (1 - t)) : infinity;
    case Divergence::tsallis:
      return t > 0 ? std::pow((order - 1) * t / order, 1 / (order - 1)) : 0;
    case Divergence::vlc:
      return t < 1 ? 2 / std::sqrt(1 - t) - 1 : infinity;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// f*''(t) > 0 where f* has a value; +inf elsewhere.
inline double divergence_conjugate_curvature(Divergence divergence, double t, double order = kTsallisOrder) {
  const double infinity = std::numeric_limits<double>::infinity();
  switch (divergence) {
    case Divergence::kl:
      return std::exp(t - 1);
    case Divergence::chi2:
      return 0.5;
    case Divergence::js:
      return t < std::log(2.) ? 2 * std::exp(t) / std::pow(2 - std::exp(t), 2) : infinity;
    case Divergence::squared_hellinger:
      return t < 1 ? 2 / std::pow(1 - t, 3) : infinity;
    case Divergence::tsallis:
      return t > 0 ? std::pow((order - 1) * t / order, (2 - order) / (order - 1)) / order : 0;
    case Divergence::vlc:
      return t < 1 ? 1 / std::pow(1 - t, 1.5) : infinity;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nce::losses
