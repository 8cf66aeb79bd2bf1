#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::losses {

/// The queue of MoCo (He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020): the
/// newest `capacity` rows pushed, from any number of batches, each of length 1. Starts full of random rows, as in the
/// authors' code.
class MemoryQueue {
 public:
  /// Random row i is a function of (key, i).
  MemoryQueue(int64_t capacity, int64_t dim, Key key, DType dtype = DType::f32);

  /// Puts the rows of `keys` (N, d) in the place of the oldest: normalised, without their graph. A `moco` computed
  /// before keeps the rows as they were, so its backward pass may come later.
  void push(const Tensor& keys);
  /// (capacity, d), in no particular order.
  const Tensor& rows() const { return rows_; }

  /// A copy of all that later results depend on: "rows", and "next" (one f64 number).
  std::vector<std::pair<std::string, Tensor>> state_dict() const;
  /// Strict. An error says what is missing or has another shape; the queue is then unchanged.
  void load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state);

 private:
  Tensor rows_;
  int64_t next_ = 0;  // the oldest row
};

}  // namespace nce::losses
