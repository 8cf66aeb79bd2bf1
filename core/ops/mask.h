#pragma once
#include <set>
#include <vector>

#include "nce/core/autograd.h"

namespace nce::detail {

/// A mask, for an operation that has no derivative by its mask. If it comes from comparisons alone, such as x > 0, it
/// is detached: comparisons have no derivative, so nothing is lost. Any other mask stays as it is. If it requires a
/// gradient, a backward pass says that this gradient would be lost.
inline Tensor mask_of(const Tensor& mask) {
  std::vector<const Node*> open{mask.impl()->node.get()};
  std::set<const Node*> seen;
  while (!open.empty()) {  // along the derivatives that there are
    const Node* node = open.back();
    open.pop_back();
    if (!node || !seen.insert(node).second) continue;
    for (const Node::Edge& edge : node->edges) {
      if (!node->joint && !edge.vjp) continue;
      if (edge.leaf) return mask;
      open.push_back(edge.node.get());
    }
  }
  return mask.requires_grad() && mask.is_leaf() ? mask : mask.detach();
}

}  // namespace nce::detail
