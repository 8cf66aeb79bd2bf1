#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `gkcl` | both views | N - 1 others of the own view, Gaussian `.kernel` (log, imq, riesz) | - | yes | 2 (γ - 1) |
// Koromilas et al. 2024 |
namespace nce::losses {

/// Kernels k(x, y), functions of the distance r = |x - y|. Each grows as rows come nearer.
///
///     gaussian        exp(-t r^2)
///     log             -log(1 + t r^2)
///     imq             c / sqrt(c^2 + r^2), the inverse multiquadric
///     riesz           s > 0: r^-s;   s = 0: -log r;   s < 0: -r^-s
///     gaussian_riesz  gaussian between the rows of a pair, riesz between others
enum class Kernel { gaussian, log, imq, riesz, gaussian_riesz };

struct GkclOptions {
  Kernel kernel = Kernel::gaussian;
  double t = 2;        ///< For gaussian and log. The Gaussian kernel's width is 1 / sqrt(2t).
  double c = 2;        ///< For imq.
  double s = -1;       ///< For riesz.
  double energy = 16;  ///< gamma below: the weight of the energy.
  bool normalised =
      true;  ///< False: rows as they are, as in the graph, synthetic and text code of arXiv 2511.12180.
  void fields(Options& o) {
    o.choice("kernel", kernel, {"gaussian", "log", "imq", "riesz", "gaussian_riesz"}, "the kernel of two rows");
    o.number("t", t, "t of the kernels exp(-t |x - y|^2) and log", {.above = 0});
    o.number("c", c, "c of the kernel imq", {.above = 0});
    o.number("s", s, "s of the kernel riesz: |x - y|^-s above 0, its negative below", {.least = -2, .most = 10});
    o.needs("t", kernel != Kernel::imq && kernel != Kernel::riesz, "kernel gaussian, log or gaussian_riesz");
    o.needs("c", kernel == Kernel::imq, "kernel imq");
    o.needs("s", kernel == Kernel::riesz || kernel == Kernel::gaussian_riesz, "kernel riesz or gaussian_riesz");
    o.number("energy", energy, "weight of the energy", {.least = 0});
    o.flag("normalised", normalised, "rows of length 1; false: rows as they are");
  }
};

/// GKCL, the kernel contrastive loss with a Gaussian kernel, and KCL, the same with others (Koromilas et al., ICML
/// 2024, arXiv 2405.18045). z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2; u and v are their normalised rows.
///
///     L = -2/N sum_i k(u_i, v_i) + gamma / (N (N-1)) sum_{i != k} [ k(u_i, u_k) + k(v_i, v_k) ]
///     gaussian: k = exp(-t |x - y|^2) = exp(2t (cos - 1)),   dk/dcos = 2t k
///
/// - the alignment of the pairs, and the energy of each view by itself; symmetric
/// - no denominator: the expected loss does not depend on N
/// - collapsed embeddings: 2 (gamma - 1) k(x, x)
/// - riesz: a distance below 1e-3 counts as 1e-3, and has no gradient, because dot products in f32 cannot measure it.
///   For s >= 0 the kernel has no bound, so a near pair is pulled together without limit. gaussian_riesz avoids that
/// - log: the authors' code halves the kernel in the energy, not in the alignment. Half the `energy` gives their value
/// - no theory: c1 and c2 do not determine the expected loss
/// - dense definition: `dense::gkcl`
Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& options = {});

}  // namespace nce::losses
