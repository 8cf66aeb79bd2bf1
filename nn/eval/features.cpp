#include "nce/nn/eval/features.h"

#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::nn {

Tensor features_of(Module& module, int64_t count,
                   const std::function<Tensor(int64_t begin, int64_t end)>& features) {
  constexpr int64_t kAtOnce = 500;
  check(count > 0, "features_of: there is nothing to embed");
  const NoGrad no_grad;
  const EvaluationMode evaluation(module);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < count; i += kAtOnce) parts.push_back(features(i, std::min(i + kAtOnce, count)));
  return concatenate(parts);
}

}  // namespace nce::nn
