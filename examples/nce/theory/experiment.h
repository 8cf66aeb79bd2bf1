#pragma once
#include <functional>
#include <vector>

#include "nce/losses/theory/measure.h"
#include "theory/losses.h"
#include "theory/views.h"

namespace nce::cli {

struct ExperimentOptions {
  int64_t samples = 4000, batch = 1000, epochs = 100;
  int64_t dim = 16;    ///< of the embeddings
  double noise = 0.1;  ///< standard deviation, in each dimension of a view
  double lr = 3e-3;    ///< of AdamW without decay, falling to 0 along half a cosine
  uint64_t seed = 1;
};

/// What an encoder learnt.
struct ExperimentResult {
  std::vector<double> epochs;               ///< after how many, from 0
  std::vector<losses::StateMatrix> course;  ///< the mean read-out after each of them
  losses::StateMatrix mean, error;          ///< at the end, over more views, with its bootstrap error
  losses::StateMatrix cosines;              ///< mean cosines between states at the end (dot products: free lengths)
  bool finished = true;                     ///< false: interrupted
};

/// Trains a small encoder, K-64-64-dim with ReLU, on views of `model`. Then measures on fresh views what it does
/// between states. `stop` is asked before each epoch. The same bits for any number of threads.
ExperimentResult run_experiment(const StateModel& model, const TheoryLoss& loss, const ExperimentOptions& options,
                                const std::function<bool()>& stop);

}  // namespace nce::cli
