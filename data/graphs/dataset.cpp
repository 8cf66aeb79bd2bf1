#include "nce/data/graphs/dataset.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/data/digest.h"

namespace nce::data {
namespace {

void check_labels(const GraphDataset& data, const char* what, const std::vector<int>& labels, int64_t count,
                  int classes) {
  check(int64_t(labels.size()) == count, "{}: {} {} have {} labels", data.name, count, what, labels.size());
  for (size_t i = 0; i < labels.size(); ++i)
    check(labels[i] >= 0 && labels[i] < classes, "{}: label {} of {} {} is outside 0 .. {}", data.name, labels[i],
          what, i, classes - 1);
}

void check_offsets(const GraphDataset& data, const char* what, const std::vector<int64_t>& offsets, int64_t count) {
  check(int64_t(offsets.size()) == data.size() + 1 && offsets.front() == 0 && offsets.back() == count &&
            std::is_sorted(offsets.begin(), offsets.end()),
        "{}: the offsets of the {} of {} graphs must ascend from 0 to {}", data.name, what, data.size(), count);
}

}  // namespace

std::vector<int> degrees(const GraphDataset& data) {
  std::vector<int> degree(static_cast<size_t>(data.nodes()));
  for (int64_t g = 0; g < data.size(); ++g)
    for (const Edge& edge : data.edges_of(g))
      for (const int node : {edge.a, edge.b}) ++degree[size_t(data.node_offsets[size_t(g)] + node)];
  return degree;
}

std::vector<int> degree_classes(const GraphDataset& data) {
  constexpr int kMost = 63;
  std::vector<int> degree = degrees(data);
  for (int& d : degree) d = std::min(d, kMost);
  return degree;
}

void validate(const GraphDataset& data) {
  check(data.size() > 0, "{}: a data set without graphs", data.name);
  check_labels(data, "graphs", data.labels, data.size(), data.classes);
  check(!data.node_offsets.empty(), "{}: the offsets of the nodes are missing", data.name);
  check_offsets(data, "nodes", data.node_offsets, data.nodes());
  check_offsets(data, "edges", data.edge_offsets, int64_t(data.edges.size()));
  if (!data.node_labels.empty()) check_labels(data, "nodes", data.node_labels, data.nodes(), data.node_classes);
  if (!data.edge_labels.empty())
    check_labels(data, "edges", data.edge_labels, int64_t(data.edges.size()), data.edge_classes);
  check(data.features >= 1 && int64_t(data.x.size()) == data.nodes() * data.features,
        "{}: {} nodes of {} features ask for {} numbers; there are {}", data.name, data.nodes(), data.features,
        data.nodes() * data.features, data.x.size());
  for (size_t i = 0; i < data.x.size(); ++i)
    check(std::isfinite(data.x[i]), "{}: feature {} of node {} is {}", data.name, int64_t(i) % data.features,
          int64_t(i) / data.features, data.x[i]);
  for (int64_t g = 0; g < data.size(); ++g) {
    const auto edges = data.edges_of(g);
    for (size_t e = 0; e < edges.size(); ++e) {
      const Edge edge = edges[e];
      check(edge.a >= 0 && edge.a < edge.b && edge.b < data.nodes_of(g),
            "{}: edge {} - {} of graph {}, which has {} nodes: the smaller node must come first", data.name, edge.a,
            edge.b, g, data.nodes_of(g));
      check(e == 0 || edges[e - 1] < edge, "{}: the edges of graph {} must ascend, each once; {} - {} does not",
            data.name, g, edge.a, edge.b);
    }
  }
}

GraphDataset subset(const GraphDataset& data, std::span<const int> graphs) {
  GraphDataset part = data;  // its facts
  for (auto* values : {&part.labels, &part.node_labels, &part.edge_labels}) values->clear();
  part.edges.clear(), part.x.clear(), part.node_offsets = part.edge_offsets = {0};
  const auto append = [](auto& to, const auto& from, int64_t begin, int64_t end) {
    if (!from.empty()) to.insert(to.end(), from.begin() + begin, from.begin() + end);
  };
  for (const int graph : graphs) {
    check(graph >= 0 && graph < data.size(), "subset: graph {} of {} ({} graphs)", graph, data.name, data.size());
    const size_t g = size_t(graph);
    const int64_t node = data.node_offsets[g], node_end = data.node_offsets[g + 1];
    const int64_t edge = data.edge_offsets[g], edge_end = data.edge_offsets[g + 1];
    part.labels.push_back(data.labels[g]);
    append(part.node_labels, data.node_labels, node, node_end);
    append(part.x, data.x, node * data.features, node_end * data.features);
    append(part.edges, data.edges, edge, edge_end);
    append(part.edge_labels, data.edge_labels, edge, edge_end);
    part.node_offsets.push_back(part.nodes() + node_end - node);
    part.edge_offsets.push_back(int64_t(part.edges.size()));
  }
  return part;
}

uint64_t digest(const GraphDataset& data) {
  uint64_t all = digest(std::as_bytes(std::span(&data.features, 1)));
  const auto add = [&](const auto& values) { all = digest(std::as_bytes(std::span(values)), all); };
  add(data.labels), add(data.node_offsets), add(data.edge_offsets), add(data.edges), add(data.x);
  add(data.edge_labels);
  return all;
}

}  // namespace nce::data
