#pragma once
#include "nce/core/options.h"
#include "nce/data/graphs/views/graph_view.h"

namespace nce::data {

/// GraphCL's subgraph: begins with a random node, and adds random neighbours of the nodes that it has, until it has a
/// share of all nodes, or all that can be reached.
struct Subgraph {
  double keep = 0.8;

  void fields(Options& o) {
    o.number("keep", keep, "share of the nodes that a subgraph holds", {.above = 0, .most = 1});
  }
  void apply(GraphView& view, Random& random) const {
    const size_t n = view.nodes.size();
    if (n == 0) return;
    std::vector<int> first(n + 1), neighbours(2 * view.edges.size());  // of node i: first[i] .. first[i + 1] - 1
    for (const Edge& edge : view.edges) ++first[size_t(edge.a)], ++first[size_t(edge.b)];
    std::partial_sum(first.begin(), first.end(), first.begin());
    for (const Edge& edge : view.edges) {
      neighbours[size_t(--first[size_t(edge.a)])] = edge.b;
      neighbours[size_t(--first[size_t(edge.b)])] = edge.a;
    }
    const int wanted = int(n) - share(1 - keep, n);
    std::vector<uint8_t> kept(n), seen(n);
    std::vector<int> frontier{int(random.below(uint32_t(n)))};
    seen[size_t(frontier[0])] = 1;
    for (int held = 0; held < wanted && !frontier.empty(); ++held) {
      std::swap(frontier[random.below(uint32_t(frontier.size()))], frontier.back());
      const size_t node = size_t(frontier.back());
      frontier.pop_back();
      kept[node] = 1;
      for (int i = first[node]; i < first[node + 1]; ++i)
        if (const int next = neighbours[size_t(i)]; !seen[size_t(next)])
          seen[size_t(next)] = 1, frontier.push_back(next);
    }
    view.keep(kept);
  }
};

}  // namespace nce::data
