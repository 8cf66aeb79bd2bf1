#include "nce/losses/sig_lip.h"

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

void SigLipOptions::learn() {
  temperature.learn();
  logit_bias = Tensor::scalar(bias).set_requires_grad(true);
}

std::vector<std::pair<std::string, Tensor*>> SigLipOptions::parameters() {
  if (!logit_bias.defined()) return {};
  return {{"logit_scale", &temperature.log_scale}, {"logit_bias", &logit_bias}};
}

Tensor sig_lip(const Tensor& z1, const Tensor& z2, const SigLipOptions& options) {
  check_views("sig_lip", z1, z2);
  check_options("sig_lip", options);
  const Tensor bias = options.logit_bias.defined() ? options.logit_bias : Tensor::scalar(options.bias, z1.dtype());
  check(bias.numel() == 1, "sig_lip: logit_bias must have one element, got {}", bias.shape());
  // The bias as one more column: s + bias is the dot product of the longer rows, and has their derivatives.
  const Shape column{z1.size(0), 1};
  const Tensor a =
      concatenate({logit_rows(z1, options.temperature), broadcast_to(reshape(bias, {1, 1}), column)}, 1);
  const Tensor b = concatenate({logit_rows(z2, options.temperature), Tensor::ones(column, z1.dtype())}, 1);
  const PairFunction apart = []<class T>(const T* s, int64_t n, T* value, T* slope) {
    if (value) kernels::softplus(s, n, value);
    if (slope) kernels::sigmoid(s, n, slope);
  };
  return (sum_pairs(a, b, apart, Exclude::self) + sum(softplus(-paired(a, b)))) * (1 / double(z1.size(0)));
}

}  // namespace nce::losses
