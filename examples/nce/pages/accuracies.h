#pragma once
#include <string>
#include <vector>

namespace nce::cli {

/// Scores of one kind of features, as one or more runs gave them.
struct Accuracies {
  struct Column {
    std::string key, title;    ///< "knn", "kNN 20"
    std::string measure = {};  ///< The name of its measure in `measures`.
    int times = 100;           ///< People see scores times this.
    bool operator==(const Column&) const = default;
  };
  struct Run {
    std::string name;            ///< Its folder; empty: the scores are of no run.
    std::vector<double> scores;  ///< One a column. NaN: it has none.
  };
  std::string data, features;
  std::vector<Column> columns;
  std::vector<std::pair<std::string, std::string>> measures = {};  ///< And how each measures.
  std::vector<Run> runs;

  /// Over the runs that have one.
  double mean(size_t column) const;
  /// "97.71 ± 0.05", times what the column says, with as many decimals; "-" for a NaN. One run has no spread.
  std::string shown(size_t column, int decimals) const;
  /// The standard deviation over the runs; NaN for one run.
  double spread(size_t column) const;
  /// The folder of the only run, or "3 runs"; of what has no run, nothing or "3 seeds".
  std::string source() const;
};

/// Markdown tables, a line a group, shares times 100: "97.71 ± 0.05" is the mean over runs with their standard deviation. A
/// single run has no spread. Groups that follow each other and have the same columns share a table.
std::string to_markdown(const std::vector<Accuracies>& groups);

/// One table with the columns of all groups, as they are: "knn" and "knn_spread". What a group does not have is empty.
std::string to_csv(const std::vector<Accuracies>& groups);

/// A JSON object a line and group: {"data", "features", "runs": [folders], "knn": 0.97, "knn_spread": 0.01}.
std::string to_json_lines(const std::vector<Accuracies>& groups);

/// Puts the largest first within each data set, by a column's key or title. A name that no group has is a `UsageError`.
void sort_by(std::vector<Accuracies>& groups, const std::string& column);

}  // namespace nce::cli
