#pragma once
#include <map>
#include <string>
#include <vector>

namespace nce::cli {

/// Accuracies (0 .. 1) of one kind of features, as one or more runs gave them.
struct Accuracies {
  std::string data, identity, features;
  /// By what tells runs apart. The scores are those of kScores, in their order; NaN where there are no labels.
  std::map<std::string, std::vector<double>> runs;
};

/// The scores in eval.json, and their columns.
struct Score {
  const char *key, *title;
};
inline constexpr Score kScores[] = {{"knn", "kNN 20"}, {"knn_200", "kNN 200"}, {"linear", "linear"}};

/// A Markdown table, a line a group, in %: "97.71 ± 0.05" is the mean over runs with their standard deviation. A single
/// run has no spread. "no labels" stands in the place of a NaN.
std::string to_markdown(const std::vector<Accuracies>& groups);

}  // namespace nce::cli
