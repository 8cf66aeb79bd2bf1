#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nce/losses/theory/states.h"

namespace nce::cli {

/// K states: how often a sample is in each, and where an augmentation takes it.
struct StateModel {
  std::vector<std::string> names;
  std::vector<double> p;               ///< P, K
  std::vector<std::vector<double>> a;  ///< A, K rows of K: row k is where a view of a sample in state k is

  size_t states() const { return p.size(); }
  /// c1, c2.
  losses::Joint joint() const;
};

/// The example of the paper (Cheng, Wang, Zhang, arXiv 2511.12180): three states.
StateModel paper_model();

/// A JSON object:
///
///     {"P": [0.5, 0.5],
///      "A": [[0.9, 0.1],
///            [0.2, 0.8]],
///      "names": ["cat", "dog"]}
///
/// P and every row of A are at least 0 and sum to one. Names must differ; without them the states are 0, 1, ... An
/// error is a `UsageError` that names the file and the line, or the row.
StateModel read_model(const std::filesystem::path& file);

}  // namespace nce::cli
