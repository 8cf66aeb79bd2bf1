#pragma once
#include <string>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/graphs/dataset.h"

namespace nce::data {

/// Features of graphs that nothing learned: (G, ...).
struct PlainFeatures {
  std::string key, name;  ///< "degrees", "degree histogram".
  Tensor features;
};

/// What a learned representation must beat, from the simplest on: nothing (whose classifier knows the largest class
/// alone), counts of nodes and edges, histograms of node labels, of degrees, and of both together. Without node labels
/// their histograms are left out. All degrees from 63 on are one.
std::vector<PlainFeatures> plain_features(const GraphDataset& data);

}  // namespace nce::data
