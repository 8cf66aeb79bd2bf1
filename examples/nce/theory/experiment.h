#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "nce/losses/theory/measure.h"
#include "theory/losses.h"
#include "theory/views.h"

namespace nce::cli {

/// What an encoder learnt.
struct ExperimentResult {
  std::vector<double> epochs;               ///< after how many, from 0
  std::vector<losses::StateMatrix> course;  ///< the mean read-out after each of them
  losses::StateMatrix mean, error;          ///< at the end, over more views, with its bootstrap error
  losses::StateMatrix cosines;              ///< mean cosines between states at the end
};

/// Trains a small encoder, K-64-64-dim with ReLU, on views of `model`. Then measures on fresh views what it does
/// between states. AdamW without decay; its lr falls to 0 along half a cosine. `stop` is asked before each epoch; unset: stopped. The same bits for any number of threads.
std::optional<ExperimentResult> run_experiment(const StateModel& model, const TheoryLoss& loss,
                                               const TheorySettings& settings, int64_t batch,
                                               const std::function<bool()>& stop);

}  // namespace nce::cli
