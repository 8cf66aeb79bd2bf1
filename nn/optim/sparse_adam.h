#pragma once
#include "nce/nn/optim/adam.h"

namespace nce::nn {

/// Adam for tables of embeddings: PyTorch's SparseAdam, for a model that has other parameters too. Of a gradient that is
/// kept by rows (core/row_gradient.h), only these rows of the table and of its moments move, so that a step costs what
/// its rows cost. They are not decayed, and t counts all steps:
///
///     w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)
///
/// Parameters with a dense gradient take the steps of Adam.
class SparseAdam : public Adam {
 public:
  explicit SparseAdam(NamedTensors parameters, const AdamOptions& options = {});

 private:
  bool by_rows() const override { return true; }
  void update(std::vector<Job>& jobs) override;
};

}  // namespace nce::nn
