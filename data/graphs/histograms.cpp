#include "nce/data/graphs/histograms.h"

#include <algorithm>

namespace nce::data {
namespace {

// How many nodes of each graph have each value, 0 .. values - 1.
Tensor histogram(const GraphDataset& data, const std::vector<int>& of_node, int values) {
  Tensor counts = Tensor::zeros({data.size(), values});
  float* row = counts.mutable_data<float>();
  for (int64_t g = 0; g < data.size(); ++g, row += values)
    for (int64_t node = data.node_offsets[size_t(g)]; node < data.node_offsets[size_t(g) + 1]; ++node)
      ++row[of_node[size_t(node)]];
  return counts;
}

}  // namespace

std::vector<PlainFeatures> plain_features(const GraphDataset& data) {
  std::vector<float> counts;
  for (int64_t g = 0; g < data.size(); ++g)
    counts.insert(counts.end(), {float(data.nodes_of(g)), float(data.edges_of(g).size())});
  std::vector<int> degree = degree_classes(data);
  const int most = degree.empty() ? 0 : *std::max_element(degree.begin(), degree.end());
  std::vector<PlainFeatures> all{{"majority", "majority class", Tensor::zeros({data.size(), 1})},
                                 {"sizes", "node and edge counts", Tensor::from(counts, {data.size(), 2})}};
  if (!data.node_labels.empty())
    all.push_back({"labels", "label histogram", histogram(data, data.node_labels, data.node_classes)});
  all.push_back({"degrees", "degree histogram", histogram(data, degree, most + 1)});
  if (!data.node_labels.empty()) {
    for (size_t i = 0; i < degree.size(); ++i) degree[i] += data.node_labels[i] * (most + 1);
    all.push_back(
        {"labels_degrees", "label x degree histogram", histogram(data, degree, data.node_classes * (most + 1))});
  }
  return all;
}

}  // namespace nce::data
