#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nce/core/catalogue.h"
#include "run/task.h"
#include "theory/run.h"

/// What `nce eval --full` measures beside a task's own score. To add a measure: its functions and a row in measures.cpp.
namespace nce::cli {

/// What a measure looks at: features of an encoder, or of a baseline.
struct Subject {
  const Task& task;
  Features features;  ///< Of all examples of a split.
  /// Of pairs of views of training examples, (2N, d): the first views, then the second ones. Unset: there are none.
  std::function<Tensor()> views = {};
  /// States beside the target of the run's loss. Unset: nothing was trained, or the loss has no theory.
  std::function<std::optional<MeasuredRun>()> states = {};
};

/// A row of the catalogue: a table of eval.
struct Measure {
  std::string name;  ///< "clusters"
  /// How it measures, in a line. Empty where the task has nothing for it.
  std::string (*protocol)(const Task& task);
  /// The same keys and titles for all features of the task. A value that cannot be had is a NaN.
  Scores (*measure)(const Subject& subject);
};

Catalogue<Measure>& measures();

/// The score of the task and, if `full`, all measures that have something for it: each score with the name of its measure.
Scores measure_all(const Subject& subject, bool full);

/// How many pairs of views measures ask for, at least. States ask for more: each of 100 pairs of them needs some.
inline constexpr int64_t kMeasuredPairs = 2000, kStatePairs = 5000;
inline constexpr int kStates = 10;

}  // namespace nce::cli
