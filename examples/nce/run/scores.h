#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/dataset.h"

namespace nce::cli {

/// A number that says how good features are.
struct Score {
  std::string key;    ///< In eval.json: "knn_200".
  std::string title;  ///< Over its column: "kNN 200". Empty: eval.json alone has it.
  double value = 0;
  std::optional<double> spread = {};  ///< Standard deviation over the repetitions of a protocol that has them.
  std::string unit = " %";            ///< Behind it in a line of training. Empty: a correlation.
  int times = 100;                    ///< People see the value times this: 100 for shares and correlations, else 1.
  std::string measure = {};           ///< The `Measure` that it is of. Empty: the task's own.
  std::vector<std::vector<double>> matrix = {};  ///< In the place of the value, for eval.json alone.
};
using Scores = std::vector<Score>;

/// Features (N, d) of all examples of a split.
using Features = std::function<Tensor(data::Split)>;

/// Something that learned features must beat: a row of eval's table, and an object in eval.json.
struct Baseline {
  std::string key;                  ///< In eval.json: "raw_pixels".
  std::string name;                 ///< In tables: "raw pixels".
  std::function<Scores()> measure;  ///< What the task scores it.
  Features features = {};           ///< Unset where it has no rows of numbers.
};

class Task;

/// Top-1 accuracies on the measured split, of kNN (k = 20 and 200) and a linear probe, which learn from the training set.
/// For eval.json also top-5, where there are more than five classes; and of kNN 20 and the probe, up to 100 classes, the
/// confusion matrix (a row a class, a column what it was taken for: counts) and the accuracy of each class. Nothing where
/// there are no labels.
Scores classify(const Task& task, const Features& features);
/// Whether a probe of such features is faster with `precondition`.
inline bool rounds(const Tensor& features) { return features.size(1) <= 512; }
/// How, in a line. Empty where there is nothing to classify.
std::string classify_method(const Task& task);

}  // namespace nce::cli
