#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace nce::nn {

/// How much speaks for a label: votes, or a logit.
struct Score {
  int label;
  double score;
};

/// For each of M rows the labels that a classifier finds likely, the likeliest first.
struct Ranking {
  int top = 1;              ///< Labels a row.
  std::vector<int> labels;  ///< (M, top), row-major. -1 where there are not so many labels to choose from.

  Ranking(int64_t rows, int top);
  /// Ranks the labels of `row`, each of which is in `scores` once. The lowest of labels with equal scores is first.
  /// No score may be a NaN. Changes the order of `scores`.
  void set(int64_t row, std::vector<Score>& scores);
  /// The first label of each row.
  std::vector<int> first() const;
  /// Top-k accuracy: share (0 .. 1) of the rows whose own label is among the first `k`. One label a row, k at most
  /// `top`; else an error.
  double accuracy(std::span<const int> own, int k = 1) const;
};

}  // namespace nce::nn
