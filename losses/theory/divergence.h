#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/core/tensor.h"
#include "nce/losses/engine/pairwise.h"

// clang-format off: a table
/// The f-divergences of f-MICL (Lu et al., "f-MICL: Understanding and Generalizing InfoNCE-based Contrastive
/// Learning", TMLR 2023, table 1). f is convex; its conjugate is f*(t) = sup_u (ut - f(u)).
///
///     divergence         f(u)                              f'(u)                f*(t)                      t
///     kl                 u log u                           log u + 1            exp(t - 1)                 any
///     chi2 (Pearson)     (u - 1)^2                         2 (u - 1)            t + t^2/4                  any
///     js                 u log u - (u + 1) log((u + 1)/2)  log(2u / (u + 1))    -log(2 - exp t)            < log 2
///     squared_hellinger  (sqrt u - 1)^2                    1 - 1/sqrt u         t / (1 - t)                < 1
///     tsallis (order a)  u^a / (a - 1)                     a/(a - 1) u^(a - 1)  ((a - 1) t/a)^(a/(a - 1))  >= 0
///     vlc                (u - 1)^2 / (u + 1)               1 - 4/(u + 1)^2      4 - t - 4 sqrt(1 - t)      < 1
///
/// f*' is the inverse of f': f*'(f'(u)) = u. The loss puts f'(u) on a positive and f*(f'(u)) = u f'(u) - f(u) on a
/// negative. Both are computed from g = log u:
///
///     divergence         f'(u)                    f*(f'(u))
///     kl                 g + 1                    exp(g)
///     chi2               2 (exp(g) - 1)           exp(2g) - 1
///     js                 log 2 - softplus(-g)     softplus(g) - log 2
///     squared_hellinger  1 - exp(-g/2)            exp(g/2) - 1
///     tsallis (order a)  a/(a-1) exp((a-1) g)     exp(a g)
///     vlc                1 - 4 sigmoid(-g)^2      4 sigmoid(g)^2 - 1
///
/// Below t = f'(0) the true f* is constant. The formulas of chi2 and vlc go on there. So f* stays strictly convex and
/// pulls back a logit that was too low. The f* of tsallis is constant below t = 0. Its f is 1/(a - 1) at u = 1, not
/// 0; no gradient sees that constant.
// clang-format on
namespace nce::losses {

/// The default order of the Tsallis divergence: that of the code of arXiv 2511.12180. (Its f' has the sign of f' turned;
/// here it is that of the table, so f' rises.) The order is above 1; the other divergences have none.
constexpr double kTsallisOrder = 1.5;

/// A row of the table.
struct Divergence {
  std::string name;
  /// f(u), u >= 0.
  std::function<double(double u)> f;
  /// f'(u): the best logit where the density ratio is u. kl, js and squared_hellinger have -inf at u = 0.
  std::function<double(double u)> slope;
  /// f*(t). +inf where f* has no value; the next two also.
  std::function<double(double t)> conjugate;
  /// f*'(t): the density ratio that a logit t stands for.
  std::function<double(double t)> conjugate_slope;
  /// f*''(t), at least 0.
  std::function<double(double t)> conjugate_curvature;
  /// f'(exp g) for a tensor g: what the loss has on a positive.
  std::function<Tensor(const Tensor& g)> positive;
  /// f*(f'(exp g)) for g = s + shift, by pairs: what the loss has on a negative of similarity s.
  std::function<PairFunction(double shift)> negative;
};

/// All divergences by name: divergences().find("kl"). A row that is to last is copied.
Catalogue<Divergence> divergences(double order = kTsallisOrder);

}  // namespace nce::losses
