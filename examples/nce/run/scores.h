#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/dataset.h"

namespace nce::cli {

/// A number that says how good features are: an accuracy or a correlation, at most 1. People see it times 100.
struct Score {
  std::string key;    ///< In eval.json: "knn_200".
  std::string title;  ///< Over its column, where values are times 100: "kNN 200". Empty: eval.json alone has it.
  double value = 0;
  std::optional<double> spread = {};  ///< Standard deviation over the repetitions of a protocol that has them.
  std::string unit = " %";            ///< Behind it in a line of training. Empty: a correlation.
};
using Scores = std::vector<Score>;

/// Features (N, d) of all examples of a split.
using Features = std::function<Tensor(data::Split)>;

/// Something that learned features must beat: a row of eval's table, and an object in eval.json.
struct Baseline {
  std::string key;   ///< In eval.json: "raw_pixels".
  std::string name;  ///< In tables: "raw pixels".
  std::function<Scores()> measure;
};

class Task;

/// Top-1 accuracies on the measured split, of kNN (k = 20 and 200) and a linear probe, which learn from the training set.
/// With top-5 for eval.json where there are more than five classes. Nothing where there are no labels.
Scores classify(const Task& task, const Features& features);

}  // namespace nce::cli
