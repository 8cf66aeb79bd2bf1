#pragma once
#include "nce/core/options.h"
#include "nce/data/graphs/views/graph_view.h"

namespace nce::data {

/// GraphCL's node dropping: a random share of the nodes is removed, with their edges. At least one node stays.
struct DropNodes {
  double ratio = 0.2;

  void fields(Options& o) {
    o.number("drop_ratio", ratio, "share of the nodes that are dropped", {.least = 0, .below = 1});
  }
  void apply(GraphView& view, Random& random) const {
    view.keep(random_marks(view.nodes.size(), share(ratio, view.nodes.size()), 0, random));
  }
};

}  // namespace nce::data
