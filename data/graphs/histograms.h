#pragma once
#include <string>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/graphs/dataset.h"

namespace nce::data {

/// Features of graphs without learning: (G, ...).
struct PlainFeatures {
  std::string key, name;  ///< "degrees", "degree histogram".
  Tensor features;
};

/// Baselines that a learned representation must beat, the simplest first: nothing (then the best guess is the largest
/// class); the numbers of nodes and edges; histograms of node labels, of degrees, and of both together. Without node
/// labels, their histograms are left out. All degrees from 63 on are one class.
std::vector<PlainFeatures> plain_features(const GraphDataset& data);

}  // namespace nce::data
