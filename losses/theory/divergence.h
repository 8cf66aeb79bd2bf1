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
/// f*' is the inverse of f': f*'(f'(u)) = u. In the loss a positive has f'(u), and a negative has
/// f*(f'(u)) = u f'(u) - f(u). Both are computed from g = log u:
///
///     divergence         f'(u)                    f*(f'(u))
///     kl                 g + 1                    exp(g)
///     chi2               2 (exp(g) - 1)           exp(2g) - 1
///     js                 log 2 - softplus(-g)     softplus(g) - log 2
///     squared_hellinger  1 - exp(-g/2)            exp(g/2) - 1
///     tsallis (order a)  a/(a-1) exp((a-1) g)     exp(a g)
///     vlc                1 - 4 sigmoid(-g)^2      4 sigmoid(g)^2 - 1
///
/// Below t = f'(0) the true f* is constant. For chi2 and vlc the formulas are used there, too. So f* stays strictly
/// convex, and a logit that was too low comes back. The f* of tsallis is constant below t = 0. Its f is 1/(a - 1) at u
/// = 1, not 0; this constant changes no gradient.
// clang-format on
namespace nce::losses {

/// The default order of the Tsallis divergence, from the code of arXiv 2511.12180. (There f' has the wrong sign. Here
/// it is as in the table.) The order is above 1. The other divergences have no order.
constexpr double kTsallisOrder = 1.5;

/// A row of the table.
struct Divergence {
  std::string name;
  /// f(u), u >= 0.
  std::function<double(double u)> f;
  /// f'(u): the best logit where the density ratio is u. kl, js and squared_hellinger have -inf at u = 0.
  std::function<double(double u)> slope;
  /// f*(t). +inf where f* has no value; so have the next two.
  std::function<double(double t)> conjugate;
  /// f*'(t): the density ratio that a logit t stands for.
  std::function<double(double t)> conjugate_slope;
  /// f*''(t), at least 0.
  std::function<double(double t)> conjugate_curvature;
  /// f'(exp g) for a tensor g: the term of a positive in the loss.
  std::function<Tensor(const Tensor& g)> positive;
  /// f*(f'(exp g)) for g = s + shift: the term of a negative of similarity s in the loss.
  std::function<PairFunction(double shift)> negative;
};

/// All divergences by name: divergences().find("kl"). Copy a row to keep it.
Catalogue<Divergence> divergences(double order = kTsallisOrder);

}  // namespace nce::losses
