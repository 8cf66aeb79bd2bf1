#pragma once
#include "nce/nn/layers.h"

namespace nce::nn {

/// SimCLR's projection head (Chen et al., 2020): (N, in) -> (N, out). Linear "0" (in -> hidden), ReLU "1", Linear "2"
/// (hidden -> out), as PyTorch's `Sequential(Linear(in, hidden), ReLU(), Linear(hidden, out))`.
inline std::unique_ptr<Layer> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator) {
  auto head = std::make_unique<Sequential>();
  head->add<Linear>(in, hidden, generator).add<ReLU>().add<Linear>(hidden, out, generator);
  return head;
}

}  // namespace nce::nn
