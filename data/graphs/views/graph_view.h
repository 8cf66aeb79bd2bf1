#pragma once
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "nce/core/random.h"
#include "nce/data/graphs/dataset.h"

namespace nce::data {

/// A graph while transforms change it to a view. Its nodes are counted from 0.
struct GraphView {
  std::vector<int> nodes;       ///< Which nodes of the graph in the data set are left.
  std::vector<Edge> edges;      ///< a < b, both counted as in `nodes`. Each is there once.
  std::vector<uint8_t> masked;  ///< 1: the node has the mean features of all nodes of its graph.

  int size() const { return int(nodes.size()); }
  /// Becomes graph g without changes.
  void assign(const GraphDataset& data, int64_t g) {
    nodes.resize(size_t(data.nodes_of(g)));
    std::iota(nodes.begin(), nodes.end(), 0);
    edges.assign(data.edges_of(g).begin(), data.edges_of(g).end());
    masked.assign(nodes.size(), 0);
  }
  /// Keeps the nodes with kept[i] not 0, and the edges between them.
  void keep(const std::vector<uint8_t>& kept) {
    std::vector<int> position(nodes.size());
    int left = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!kept[i]) continue;
      nodes[size_t(left)] = nodes[i], masked[size_t(left)] = masked[i];
      position[i] = left++;
    }
    nodes.resize(size_t(left)), masked.resize(size_t(left));
    size_t e = 0;
    for (const Edge& edge : edges)
      if (kept[size_t(edge.a)] && kept[size_t(edge.b)])
        edges[e++] = {position[size_t(edge.a)], position[size_t(edge.b)]};
    edges.resize(e);
  }
};

/// A share of `count` things, rounded down: 0.2 of 9 is 1.
inline int share(double ratio, size_t count) { return int(std::floor(ratio * double(count) + 1e-9)); }

/// A mark for each of `count` things: `chosen` random ones have `mark`, the others 1 - mark.
inline std::vector<uint8_t> random_marks(size_t count, int chosen, uint8_t mark, Random& random) {
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::vector<uint8_t> marks(count, uint8_t(1 - mark));
  for (size_t i = 0; i < size_t(chosen); ++i) {
    std::swap(order[i], order[i + random.below(uint32_t(count - i))]);
    marks[size_t(order[i])] = mark;
  }
  return marks;
}

}  // namespace nce::data
