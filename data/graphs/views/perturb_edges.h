#pragma once
#include <algorithm>

#include "nce/core/options.h"
#include "nce/data/graphs/views/graph_view.h"

namespace nce::data {

/// GraphCL's edge perturbation: a random share of the edges is removed, and as many new edges are added between random
/// pairs of nodes that had none. If there are fewer such pairs, all of them get an edge.
struct PerturbEdges {
  double ratio = 0.2;

  void fields(Options& o) {
    o.number("perturb_ratio", ratio, "share of the edges that are removed, and of those that are added",
             {.least = 0, .most = 1});
  }
  void apply(GraphView& view, Random& random) const {
    const int changed = share(ratio, view.edges.size());
    if (changed == 0) return;
    const std::vector<Edge> added = new_edges(view, changed, random);
    const std::vector<uint8_t> kept = random_marks(view.edges.size(), changed, 0, random);
    size_t left = 0;
    for (size_t e = 0; e < view.edges.size(); ++e)
      if (kept[e]) view.edges[left++] = view.edges[e];
    view.edges.resize(left);
    view.edges.insert(view.edges.end(), added.begin(), added.end());
  }

 private:
  static std::vector<Edge> new_edges(const GraphView& view, int count, Random& random) {
    std::vector<Edge> known = view.edges, added;
    std::sort(known.begin(), known.end());
    const auto is_free = [&](Edge edge) { return !std::binary_search(known.begin(), known.end(), edge); };
    const int64_t n = view.size(), pairs = n * (n - 1) / 2;
    if (pairs <= 4 * int64_t(known.size() + size_t(count))) {  // few pairs are free: list all of them
      for (int a = 0; a < n; ++a)
        for (int b = a + 1; b < n; ++b)
          if (is_free({a, b})) added.push_back({a, b});
      random.shuffle(added);
      added.resize(std::min(added.size(), size_t(count)));
      return added;
    }
    while (added.size() < size_t(count)) {
      const int a = int(random.below(uint32_t(n))), other = int(random.below(uint32_t(n - 1)));
      const int b = other + (other >= a);
      const Edge edge{std::min(a, b), std::max(a, b)};
      if (is_free(edge) && std::find(added.begin(), added.end(), edge) == added.end()) added.push_back(edge);
    }
    return added;
  }
};

}  // namespace nce::data
