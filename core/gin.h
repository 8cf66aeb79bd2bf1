#pragma once
#include <optional>
#include <vector>

#include "nce/core/graph_batch.h"
#include "nce/core/ops.h"

namespace nce {

/// A layer of a GIN: s = (A + diagonal I) x, y = relu(relu(s weight1^T + bias1) weight2^T + bias2), then batch norm. Xu et
/// al., "How Powerful are Graph Neural Networks?", ICLR 2019, equation 4.1, with GraphCL's network.
struct GinLayer {
  double diagonal = 1;
  Tensor weight1, bias1;             ///< (width, in), (width)
  Tensor weight2, bias2;             ///< (width, width), (width)
  Tensor norm_weight, norm_bias;     ///< (width)
  Tensor running_mean, running_var;  ///< (width). Followed as by `batch_norm`.
  BatchNormOptions norm;
};

/// The layers one after the other, and the sums over each graph's nodes after each layer side by side: (G, depth width).
/// A step reads and writes nodes from memory about a quarter as often as the single operations do: graphs are disjoint,
/// so a block of them goes through a whole layer in the caches, and only batch norm waits for all.
///
/// Takes layers in training, of one dtype, all of one width, at most 64 features wide, on at least 256 nodes. Gives nothing
/// otherwise, nor where an edge leaves its graph or a shape does not fit: the single operations then say what is wrong.
std::optional<Tensor> gin_sums(const GraphBatch& graphs, const std::vector<GinLayer>& layers);

}  // namespace nce
