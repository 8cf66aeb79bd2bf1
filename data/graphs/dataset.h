#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nce::data {

/// An undirected edge between two nodes of a graph. Nodes are counted from 0 in each graph.
struct Edge {
  int a = 0, b = 0;
  auto operator<=>(const Edge&) const = default;
};

/// Labelled graphs in memory, in flat arrays. Graph g has the nodes node_offsets[g] .. node_offsets[g + 1] - 1, and its
/// edges in the same way. Each edge is there once, with a < b; the edges of a graph are sorted. A graph may be empty.
struct GraphDataset {
  std::string name;
  int classes = 0, node_classes = 0, edge_classes = 0;
  std::vector<int> labels = {};                      ///< (G), each 0 .. classes - 1
  std::vector<int64_t> node_offsets{0};              ///< (G + 1)
  std::vector<int64_t> edge_offsets{0};              ///< (G + 1)
  std::vector<Edge> edges = {};                      ///< (E)
  std::vector<int> node_labels = {};                 ///< (N), each 0 .. node_classes - 1; empty: none
  std::vector<int> edge_labels = {};                 ///< (E), each 0 .. edge_classes - 1; empty: none
  int64_t features = 0;                              ///< F
  std::vector<float> x = {};                         ///< (N, F): the features of the nodes
  std::string source = {}, features_are = {};        ///< For people: "DIR/MUTAG/raw"; "node labels".
  int64_t loops_left_out = 0, doubles_left_out = 0;  ///< Edges of the file that were left out.

  int64_t size() const { return int64_t(labels.size()); }
  int64_t nodes() const { return node_offsets.back(); }
  int nodes_of(int64_t g) const { return int(node_offsets[size_t(g) + 1] - node_offsets[size_t(g)]); }
  std::span<const Edge> edges_of(int64_t g) const {
    const size_t first = size_t(edge_offsets[size_t(g)]);
    return std::span(edges).subspan(first, size_t(edge_offsets[size_t(g) + 1]) - first);
  }
  /// The row of `x` of a node of graph g.
  const float* row(int64_t g, int node) const { return x.data() + (node_offsets[size_t(g)] + node) * features; }
};

/// The degree of each node: (N).
std::vector<int> degrees(const GraphDataset& data);
/// The same as classes, for columns and histograms: all degrees from 63 on are one class.
std::vector<int> degree_classes(const GraphDataset& data);

/// An error if a set is not whole: sizes that differ, an edge to a node that is not there, a loop, an edge that is
/// there twice or not in order, a label out of range, a feature that is not finite.
void validate(const GraphDataset& data);

/// These graphs of a set, in this order.
GraphDataset subset(const GraphDataset& data, std::span<const int> graphs);

/// The digest of the contents of a set, with its features (data/digest.h). Its name and its folder do not count.
uint64_t digest(const GraphDataset& data);

}  // namespace nce::data
