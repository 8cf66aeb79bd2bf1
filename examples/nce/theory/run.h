#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nce/losses/theory/measure.h"
#include "run/trained_run.h"
#include "theory/losses.h"

namespace nce::cli {

/// What a run's encoder does between states, beside the target of its loss. Read-outs are as tables show them; matrices
/// are empty where there is none.
struct MeasuredRun {
  TheoryLoss loss;
  std::string data;
  int64_t batch, batches = 0;
  std::string states = {};              ///< "10 labels", "4 clusters".
  bool clustered = false;               ///< Whether states are clusters.
  std::vector<std::string> names = {};  ///< Of the states.
  losses::JointEstimate estimate = {};
  losses::StateMatrix measured = {}, error = {};
  losses::StateMatrix target = {}, target_error = {};
  losses::StateMatrix vectors = {};  ///< Of unit vectors, one a state, at their best.
  losses::Distance distance = {}, vectors_distance = {};
  losses::Reach reach = {};
  double positive_cosine = 0;  ///< Mean cosine of the two views of an example.

  bool has_target() const { return !target.empty(); }
};

/// Seeds views that training has not seen.
inline uint64_t unseen_views(uint64_t seed) { return Key(seed).fold(0x74).value; }

/// `nce theory --run`: c1 and c2 of the run's own augmentation, and what its encoder does. Unset: interrupted.
std::optional<MeasuredRun> measure_run(const TheorySettings& settings);
/// The same of a run that is open, without the vectors, with seeds for its views (`open_run`). `settings.states` and `.pairs` count.
std::optional<MeasuredRun> measure_run(const TrainedRun& trained, const TheorySettings& settings);

}  // namespace nce::cli
