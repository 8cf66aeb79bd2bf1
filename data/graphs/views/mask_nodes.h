#pragma once
#include "nce/core/options.h"
#include "nce/data/graphs/views/graph_view.h"

namespace nce::data {

/// GraphCL's attribute masking: a random share of the nodes gets the mean features of the graph instead of its own.
struct MaskNodes {
  double ratio = 0.2;

  void fields(Options& o) {
    o.number("mask_ratio", ratio, "share of the nodes whose features are masked", {.least = 0, .most = 1});
  }
  void apply(GraphView& view, Random& random) const {
    view.masked = random_marks(view.nodes.size(), share(ratio, view.nodes.size()), 1, random);
  }
};

}  // namespace nce::data
