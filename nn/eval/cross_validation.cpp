#include "nce/nn/eval/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"

namespace nce::nn {
namespace {

// Rows in two parts, with their labels: [0] to learn from, [1] held out.
struct Parts {
  std::vector<int> rows[2], labels[2];
};

// `rows` in two parts: those of `fold` are held out.
Parts cut(std::span<const int> rows, std::span<const int> labels, const std::vector<int>& fold_of, int fold) {
  Parts parts;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool out = fold_of[i] == fold;
    parts.rows[out].push_back(rows[i]), parts.labels[out].push_back(labels[i]);
  }
  return parts;
}

// For each penalty, the number of held-out rows that are right.
std::vector<int64_t> count_right(const Tensor& features, const Parts& parts, std::span<const double> penalties) {
  const Tensor known = index_select(features, 0, parts.rows[0]), asked = index_select(features, 0, parts.rows[1]);
  std::vector<int64_t> right;
  for (const double penalty : penalties) {
    const double share = fit_linear_probe(known, parts.labels[0], {.l2 = penalty, .precondition = true})
                             .accuracy(asked, parts.labels[1]);
    right.push_back(std::llround(share * double(parts.rows[1].size())));
  }
  return right;
}

}  // namespace

std::vector<int> stratified_folds(std::span<const int> labels, int folds, Key key) {
  check(folds >= 2 && size_t(folds) <= labels.size(), "stratified_folds: {} folds of {} rows", folds,
        labels.size());
  std::vector<int> order(labels.size()), fold_of(labels.size());
  std::iota(order.begin(), order.end(), 0);
  Random(key).shuffle(order);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return labels[size_t(a)] < labels[size_t(b)]; });
  for (size_t i = 0; i < order.size(); ++i) fold_of[size_t(order[i])] = int(i % size_t(folds));
  return fold_of;
}

CrossValidation cross_validate(const Tensor& features, std::span<const int> labels,
                               const CrossValidationOptions& options) {
  const Tensor dense = checked_features("cross_validate", "features", features);
  check_labels("cross_validate", "labels", labels, dense.size(0));
  check(options.repeats >= 1 && !options.penalties.empty(), "cross_validate: repeats and penalties are needed");
  std::vector<int> all(labels.size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::vector<int>> folds;
  for (int repeat = 0; repeat < options.repeats; ++repeat)
    folds.push_back(stratified_folds(labels, options.folds, options.key.fold(uint64_t(repeat))));
  std::vector<int64_t> right(size_t(options.repeats * options.folds));
  parallel_for(int64_t(right.size()), 1, [&](int64_t begin, int64_t end) {
    const NoGrad no_grad;
    for (int64_t i = begin; i < end; ++i) {
      const size_t repeat = size_t(i / options.folds);
      const Parts outer = cut(all, labels, folds[repeat], int(i % options.folds));
      size_t best = 0;
      if (options.penalties.size() > 1) {
        const std::vector<int> inner = stratified_folds(
            outer.labels[0], options.inner_folds, options.key.fold(repeat).fold(uint64_t(1 + i % options.folds)));
        std::vector<int64_t> sums(options.penalties.size());
        for (int fold = 0; fold < options.inner_folds; ++fold) {
          const auto counts =
              count_right(dense, cut(outer.rows[0], outer.labels[0], inner, fold), options.penalties);
          for (size_t p = 0; p < sums.size(); ++p) sums[p] += counts[p];
        }
        best = size_t(std::max_element(sums.begin(), sums.end()) - sums.begin());
      }
      right[size_t(i)] = count_right(dense, outer, {&options.penalties[best], 1})[0];
    }
  });
  CrossValidation result;
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const auto first = right.begin() + repeat * options.folds;
    result.accuracy.push_back(double(std::accumulate(first, first + options.folds, int64_t{0})) /
                              double(labels.size()));
    result.mean += result.accuracy.back() / options.repeats;
  }
  if (options.repeats > 1) {
    for (const double a : result.accuracy) result.spread += (a - result.mean) * (a - result.mean);
    result.spread = std::sqrt(result.spread / (options.repeats - 1));
  }
  return result;
}

double cross_validate_knn(const Tensor& features, std::span<const int> labels, Key key) {
  const NoGrad no_grad;
  const Tensor dense = checked_features("cross_validate_knn", "features", features);
  check_labels("cross_validate_knn", "labels", labels, dense.size(0));
  std::vector<int> all(labels.size());
  std::iota(all.begin(), all.end(), 0);
  const int folds = int(std::min<size_t>(10, labels.size()));
  const std::vector<int> fold_of = stratified_folds(labels, folds, key);
  double right = 0;
  for (int fold = 0; fold < folds; ++fold) {
    const Parts parts = cut(all, labels, fold_of, fold);
    right += double(parts.rows[1].size()) * knn_accuracy(index_select(dense, 0, parts.rows[0]), parts.labels[0],
                                                         index_select(dense, 0, parts.rows[1]), parts.labels[1],
                                                         {.k = int(std::min<size_t>(20, parts.rows[0].size()))});
  }
  return right / double(labels.size());
}

}  // namespace nce::nn
