#pragma once
#include <optional>
#include <vector>

#include "nce/core/graph_batch.h"
#include "nce/core/ops.h"

namespace nce {

/// A layer of a GIN: s = (A + diagonal I) x, y = relu(relu(s weight1^T + bias1) weight2^T + bias2), then batch norm. Xu
/// et al., "How Powerful are Graph Neural Networks?", ICLR 2019, equation 4.1, with GraphCL's network.
struct GinLayer {
  double diagonal = 1;
  Tensor weight1, bias1;             ///< (width, in), (width)
  Tensor weight2, bias2;             ///< (width, width), (width)
  Tensor norm_weight, norm_bias;     ///< (width)
  Tensor running_mean, running_var;  ///< (width). Updated as by `batch_norm`.
  BatchNormOptions norm;
};

/// Runs the layers one after another. After each layer it sums over the nodes of each graph, and puts these sums side by
/// side: (G, depth width). Memory is read and written about a quarter as often as with single operations. This is possible
/// because graphs are disjoint: a block of graphs goes through a whole layer in the caches, and only batch norm needs all.
///
/// For layers in training, of one dtype, all of the same width, at most 64 features wide, on at least 256 nodes. In all
/// other cases it returns nothing. So it does if an edge leaves its graph or a shape does not fit: then the single
/// operations say what is wrong.
std::optional<Tensor> gin_sums(const GraphBatch& graphs, const std::vector<GinLayer>& layers);

}  // namespace nce
