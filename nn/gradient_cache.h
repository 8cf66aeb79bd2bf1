#pragma once
#include <cstdint>
#include <functional>

#include "nce/nn/module.h"

namespace nce::nn {

/// The loss of many rows in the memory of few. Leaves in all leaves the gradient of `loss(z)`, where z is what `embed(0)`,
/// `embed(1)`, ... give, one below the other; but holds the graph of one part at a time. All parts are embedded without a
/// graph, the loss gives the gradient of each embedding, and each part is embedded again to pass its share on. That is
/// exact where a part's embeddings depend on that part alone. It costs one forward pass more.
///
/// `embed` is called for the parts 0 .. `parts` - 1 in order, twice, and must give the same both times: the same views, the
/// same dropout. Batch norms see the statistics of one part, and their running statistics move once for each part: those of
/// `model` are put back after the first round, and where there is an error. Returns the value of the loss.
///
/// Gao, Zhang, Han and Callan 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv
/// 2101.06983, section 3.2.
Tensor backward_in_parts(Module& model, int64_t parts, const std::function<Tensor(int64_t part)>& embed,
                         const std::function<Tensor(const Tensor& z)>& loss);

}  // namespace nce::nn
