#pragma once
#include <algorithm>

#include "nce/nn/layers.h"

namespace nce::nn {

struct ProjectionHeadOptions {
  bool batch_norm = false;  ///< Batch norms after the linear layers, which have no bias then.
  int64_t layers = 2;       ///< 1: only the last linear layer. 0: no head, (N, in).
};

/// SimCLR's projection head (Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", ICML
/// 2020): (N, in) -> (N, out). In PyTorch it would be
///
///     Sequential(Linear(in, hidden), ReLU(), Linear(hidden, out))
///
/// and with `batch_norm`, as for the ResNet-50 of arXiv 2511.12180 (hidden 2048, out 128):
///
///     Sequential(Linear(in, hidden, bias=False), BatchNorm1d(hidden), ReLU(),
///                Linear(hidden, out, bias=False), BatchNorm1d(out))
inline std::unique_ptr<Layer> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator,
                                                   const ProjectionHeadOptions& options = {}) {
  check(options.layers >= 0 && options.layers <= 2, "make_projection_head: layers must be 0, 1 or 2, got {}",
        options.layers);
  auto head = std::make_unique<Sequential>();
  const auto add = [&](int64_t from, int64_t to) {
    head->add(Linear(from, to, generator, {.bias = !options.batch_norm}));
    if (options.batch_norm) head->add<BatchNorm1d>(to);
  };
  if (options.layers > 1) add(in, hidden), head->add<ReLU>();
  if (options.layers > 0) add(options.layers > 1 ? hidden : in, out);
  return head;
}

/// SimSiam's predictor (Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021): (N, dim) -> (N, dim) by
/// a hidden layer a quarter as wide, with batch norm.
inline std::unique_ptr<Layer> make_predictor(int64_t dim, Generator& generator) {
  const int64_t hidden = std::max<int64_t>(1, dim / 4);
  auto predictor = std::make_unique<Sequential>();
  predictor->add(Linear(dim, hidden, generator, {.bias = false}));
  predictor->add<BatchNorm1d>(hidden);
  predictor->add<ReLU>();
  predictor->add<Linear>(hidden, dim, generator);
  return predictor;
}

}  // namespace nce::nn
