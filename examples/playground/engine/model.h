#pragma once
#include "engine/request.h"
#include "nce/losses/theory/states.h"

namespace nce::playground {

/// K states: "source" (K), how often a sample is in each, and "transition" (K, K) row by row: row k is where a view of a
/// sample in k is. K is 2 to 12. Each must sum to 1.
struct StateModel {
  std::vector<double> source;
  losses::StateMatrix transition;

  explicit StateModel(const Request& request);
  int states() const { return int(source.size()); }
  losses::Joint joint() const { return losses::joint_of(source, transition); }
  nlohmann::json json() const { return {{"source", source}, {"transition", transition.values}}; }
};

}  // namespace nce::playground
