#pragma once
#include "nce/core/random.h"
#include "nce/core/tensor.h"
#include "theory/model.h"

namespace nce::cli {

/// Views of each of B samples, and the state that each view is in.
struct StateViews {
  std::vector<std::vector<int>> states;
  std::vector<Tensor> views;  ///< (B, K) each
};

/// The synthetic data of a model. Sample i has a state k for good; P says how many samples have which. Each view of
/// it is in a new state j drawn from row k of A. It shows the j-th unit vector of K dimensions plus normal noise. A
/// function of (model, sizes, key) alone.
class StateData {
 public:
  StateData(StateModel model, int64_t samples, double noise, Key key);

  /// Batch `step` of `batch` samples of an epoch, in an order drawn for each. The first two views do not depend on
  /// `num_views`, which is at least 2.
  StateViews batch(int64_t epoch, int64_t step, int64_t batch, int64_t num_views = 2) const;

 private:
  int draw(int sample_state, Random& random) const;
  Tensor show(const std::vector<int>& states, Key key) const;

  StateModel model_;
  double noise_;
  Key key_;
  std::vector<int> sample_states_;
};

}  // namespace nce::cli
