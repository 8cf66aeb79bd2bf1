#pragma once
#include <map>
#include <string>
#include <vector>

namespace nce::cli {

/// Scores (at most 1) of one kind of features, as one or more runs gave them.
struct Accuracies {
  std::string data, identity, features;
  std::vector<std::string> columns;                 ///< Titles: "kNN 20".
  std::map<std::string, std::vector<double>> runs;  ///< By what tells runs apart: a score for each column.
};

/// Markdown tables, a line a group, times 100: "97.71 ± 0.05" is the mean over runs with their standard deviation. A
/// single run has no spread. Groups that follow each other and have the same columns share a table.
std::string to_markdown(const std::vector<Accuracies>& groups);

}  // namespace nce::cli
