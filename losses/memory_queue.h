#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::losses {

/// The queue of MoCo (He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020). It
/// holds the last `capacity` rows that were pushed, from any number of batches, each of length 1. At first it is full
/// of random rows, as in the authors' code.
class MemoryQueue {
 public:
  /// Random row i is a function of (key, i).
  MemoryQueue(int64_t capacity, int64_t dim, Key key, DType dtype = DType::f32);

  /// Replaces the oldest rows by the rows of `keys` (N, d), normalised and detached. A `moco` that was computed before
  /// keeps the rows as they were, so its backward pass may come later.
  void push(const Tensor& keys);
  /// (capacity, d), in no particular order.
  const Tensor& rows() const { return rows_; }

  /// A copy of the queue's state: "rows", and "next" (one f64 number).
  std::vector<std::pair<std::string, Tensor>> state_dict() const;
  /// Strict. An error says what is missing or has another shape; the queue is then unchanged.
  void load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state);

 private:
  Tensor rows_;
  int64_t next_ = 0;  // the oldest row
};

}  // namespace nce::losses
