#pragma once
#include "nce/losses/negatives.h"
#include "nce/losses/temperature.h"
#include "nce/losses/theory/divergence.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `f_micl` | z1 |
// z2_i, N - 1 others of z1 (`.negatives`), Gaussian kernel, by `.divergence` (`theory/divergence.h`) | - |
// option | α f*(f'(1)) - f'(1) | Lu et al. 2023, algorithm 1 |
namespace nce::losses {

struct FMiclOptions {
  std::string divergence = "kl";  ///< A name of losses/theory/divergence.h.
  double order = kTsallisOrder;   ///< Only for tsallis; above 1.
  Temperature temperature = 1;    ///< The kernel's variance sigma^2.
  double alpha = 40;              ///< Weight of the negatives.
  double mu = 1;                  ///< The kernel's value for equal rows.
  /// The paper, and the code of arXiv 2511.12180, take negatives from the anchors' own view.
  NegativesFrom negatives = NegativesFrom::own_view;
  void fields(Options& o) {
    o.choice("divergence", divergence, names_of(divergences()), "the f-divergence that the loss bounds");
    o.number("order", order, "order of the tsallis divergence", {.above = 1});
    o.needs("order", divergence == "tsallis", "divergence tsallis");
    temperature.fields(o, false);
    o.number("alpha", alpha, "weight of the negatives", {.above = 0});
    o.number("mu", mu, "the kernel of equal rows", {.above = 0});
    negatives_field(o, negatives);
  }
};

/// f-MICL (Lu et al., "f-MICL: Understanding and Generalizing InfoNCE-based Contrastive Learning", TMLR 2023,
/// algorithm 1): a lower bound of the f-mutual information of two views, which a Gaussian kernel estimates.
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = -1/N sum_i f'(G(u_i, v_i)) + alpha / (N (N-1)) sum_{i != k} f*(f'(G(u_i, u_k)))
///     G(x, y) = mu exp(-|x - y|^2 / (2 temperature)) = mu exp((cos(x, y) - 1) / temperature)
///
/// u, v: the normalised rows of z1, z2. Both terms are computed from log G; losses/theory/divergence.h has f and both
/// formulas.
///
/// - anchors: z1; candidates: the positive v_i, and the other N - 1 rows of z1 in the place of independent samples
/// - `negatives = other_view`: G(u_i, v_k) in the second term. The loss is then symmetric in z1 and z2. `both_views`:
///   the mean of both kinds of second term. All three have the same mean over the data
/// - no denominator
/// - if G were free, the loss would be least at G = c1 / (alpha c2)
/// - collapsed embeddings: -f'(mu) + alpha f*(f'(mu))
/// - squared_hellinger: a positive at an obtuse angle costs up to exp(1 / temperature). f32 holds it above
///   temperature 0.012.
Tensor f_micl(const Tensor& z1, const Tensor& z2, const FMiclOptions& options = {});

}  // namespace nce::losses
