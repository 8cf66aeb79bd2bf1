#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/losses/engine/pair_functions.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `sig_lip` | z1 | N rows of z2, each by itself | - | yes |
// log(1 + e^-x) + (N - 1) log(1 + e^x), x = 1/τ + bias | Zhai et al. 2023, eq. 2 |
namespace nce::losses {

struct SigLipOptions {
  Temperature temperature = 0.1;
  double bias = -10;
  /// The bias as a parameter, one element. If it is defined, it replaces the number above.
  Tensor logit_bias = {};
  void fields(Options& o) {
    temperature.fields(o);
    o.number("bias", bias, "start of the learned bias", {.least = -1e6, .most = 1e6});
  }

  /// Training learns both, starting from the numbers above, as in the paper.
  void learn() {
    temperature.learn();
    logit_bias = Tensor::scalar(bias).set_requires_grad(true);
  }
  std::vector<std::pair<std::string, Tensor*>> parameters() {
    if (!logit_bias.defined()) return {};
    return {{"logit_scale", &temperature.log_scale}, {"logit_bias", &logit_bias}};
  }
};

/// SigLIP (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023, eq. 2): each pair by itself,
/// matching or not. z1, z2: (N, d), row i of z1 matches row i of z2.
///
///     L = 1/N sum_i sum_k log(1 + exp(-y_ik (s_ik + bias))),   s_ik = cos(z1_i, z2_k) / temperature
///     y_ik = 1 for k = i, else -1
///     N dL/ds_ik = sigmoid(s_ik + bias) - [k = i]
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - the bias starts low because N - 1 of N pairs do not match
/// - collapsed embeddings: softplus(-x) + (N - 1) softplus(x),   x = 1 / temperature + bias
/// - dense definition: `dense::sig_lip`. Below: each row gets one more number, so that dot products are s_ik + bias
inline Tensor sig_lip(const Tensor& z1, const Tensor& z2, const SigLipOptions& options = {}) {
  check_loss("sig_lip", z1, z2, options);
  const Tensor bias = options.logit_bias.defined() ? options.logit_bias : Tensor::scalar(options.bias, z1.dtype());
  check(bias.numel() == 1, "sig_lip: logit_bias must have one element, got {}", bias.shape());
  const Shape column{z1.size(0), 1};
  const Tensor a =
      concatenate({logit_rows(z1, options.temperature), broadcast_to(reshape(bias, {1, 1}), column)}, 1);
  const Tensor b = concatenate({logit_rows(z2, options.temperature), Tensor::ones(column, z1.dtype())}, 1);
  return (sum_pairs(a, b, softplus_of_pair(), Exclude::self) + sum(softplus(-paired(a, b)))) *
         (1 / double(z1.size(0)));
}

}  // namespace nce::losses
