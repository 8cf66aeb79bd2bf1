#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace nce::nn {

/// A label and its score: its votes, or its logit.
struct Score {
  int label;
  double score;
};

/// For each of M rows, the most likely labels, the most likely first.
struct Ranking {
  int top = 1;              ///< Labels for each row.
  std::vector<int> labels;  ///< (M, top), row-major. -1 if there are not so many labels.

  Ranking(int64_t rows, int top);
  /// Ranks the labels of `row`. Each is in `scores` once, and no score is a NaN. Of labels with equal scores the lowest
  /// comes first. Changes the order of `scores`.
  void set(int64_t row, std::vector<Score>& scores);
  /// The first label of each row.
  std::vector<int> first() const;
  /// Top-k accuracy: the share (0 .. 1) of rows whose own label is among the first `k`. Errors: not one label for each
  /// row, or k above `top`.
  double accuracy(std::span<const int> own, int k = 1) const;
};

}  // namespace nce::nn
