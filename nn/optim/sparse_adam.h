#pragma once
#include "nce/nn/optim/adam.h"

namespace nce::nn {

/// Adam for tables of embeddings: PyTorch's SparseAdam, for a model that also has other parameters. If only some rows
/// of a gradient are stored (core/row_gradient.h), only these rows of the table and of its moments change. So the cost
/// of a step does not grow with the table. These rows have no weight decay, and t counts all steps:
///
///     w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)
///
/// Parameters with a dense gradient get the steps of Adam.
class SparseAdam : public Adam {
 public:
  explicit SparseAdam(NamedTensors parameters, const AdamOptions& options = {});

 private:
  bool by_rows() const override { return true; }
  void update(std::vector<Job>& jobs) override;
};

}  // namespace nce::nn
