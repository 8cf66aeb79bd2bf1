#pragma once
#include <set>
#include <vector>

#include "nce/core/autograd.h"

namespace nce::detail {

/// A mask for an operation that has no derivative by it. One that comparisons made of what requires a gradient, such as
/// x > 0, is taken without its history: there is no gradient to cut. Any other stays as it is: a backward pass then says
/// that its gradient would be lost.
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
