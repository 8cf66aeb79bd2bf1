#pragma once
#include <cstdint>
#include <functional>

#include "nce/nn/module.h"

namespace nce::nn {

/// The loss of a large batch with the memory for a small one. z are the results of `embed(0)`, `embed(1)`, ..., one
/// below the other. Adds the gradient of `loss(z)` to all leaves, as `backward` would. But only the graph of one part
/// is in memory at a time. First all parts are embedded without a graph. Then the loss gives the gradient by each
/// embedding. Then each part is embedded again, with a graph, for its backward pass. This is exact if the embeddings of
/// a part depend only on that part. It costs one more forward pass.
///
/// `embed` is called for the parts 0 .. `parts` - 1 in order, and then again. It must return the same both times: the
/// same views, the same dropout. Batch norms use the statistics of one part. Running statistics change once for each
/// part: after the first round, and after an error, those of `model` are restored. Returns the value of the loss.
///
/// Gao, Zhang, Han and Callan 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv
/// 2101.06983, section 3.2.
Tensor backward_in_parts(Module& model, int64_t parts, const std::function<Tensor(int64_t part)>& embed,
                         const std::function<Tensor(const Tensor& z)>& loss);

}  // namespace nce::nn
