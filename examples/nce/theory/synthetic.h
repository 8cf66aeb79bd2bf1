#pragma once
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "nce/losses/theory/measure.h"
#include "theory/experiment.h"
#include "theory/losses.h"

namespace nce::cli {

// From complete freedom to the encoder. Each has one condition more than the one before it.
constexpr size_t kFree = 0, kInterval = 1, kDiagonal = 2, kVectors = 3, kEncoder = 4, kRungs = 5;
constexpr int kLadderStates = 12;  ///< Conditions between these two are left out for more states: they take long.

/// A loss of the synthetic experiment: its target, and what logits do under one condition after another. Matrices are as
/// they are shown; empty where there is none.
struct TrainedLoss {
  TheoryLoss loss;
  int64_t batch;
  losses::Reach reach;
  losses::StateMatrix target = {};
  std::array<losses::StateMatrix, kRungs> rungs = {};
  std::array<losses::Distance, kRungs> distance = {};  ///< From the target.
  losses::StateMatrix error = {};                      ///< Of the encoder's.
  ExperimentResult result = {};

  bool has_target() const { return !target.empty(); }
  const losses::StateMatrix* stated() const { return &target; }
  const losses::StateMatrix& read_out() const { return rungs[kEncoder]; }
  /// The largest relative deviation from the target.
  double deviation(size_t rung) const { return rungs[rung].empty() ? NAN : distance[rung].largest_relative; }
};

int64_t batch_of(const TheorySettings& settings);

/// Trains an encoder with each of the losses until `stop` says so; those that are finished. `start` is called before
/// each loss.
std::vector<TrainedLoss> train_losses(const TheorySettings& settings, const StateModel& model,
                                      const std::vector<TheoryLoss>& losses,
                                      const std::function<void(const TheoryLoss&)>& start,
                                      const std::function<bool()>& stop);

}  // namespace nce::cli
