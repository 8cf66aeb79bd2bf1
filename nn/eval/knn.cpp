#include "nce/nn/eval/knn.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/core/sums.h"
#include "nce/nn/eval/checks.h"

namespace nce::nn {
namespace {

constexpr int64_t kTrainRows = 2048, kTestRows = 128;  // a tile of similarities: 1 MB

struct Candidate {
  float cosine;
  int row;
  bool operator<(const Candidate& other) const {  // nearer first
    return cosine > other.cosine || (cosine == other.cosine && row < other.row);
  }
};

// The nearest rows that one test row has met so far. Collects rows with a larger cosine than the k-th best, and keeps
// the best k when there are too many. Rows come in ascending order, so an equal cosine is never nearer.
class Nearest {
 public:
  void offer(const float* cosines, int64_t n, int first_row, size_t k) {
    constexpr int64_t kGroup = 16;  // compared at once by vector instructions; most groups have nothing new
    for (int64_t j = 0; j < n; j += kGroup) {
      const int64_t end = std::min(n, j + kGroup);
      if (end - j == kGroup) {
        int above = 0;
        for (int64_t i = j; i < j + kGroup; ++i) above |= cosines[i] > least_;
        if (!above) continue;
      }
      for (int64_t i = j; i < end; ++i)
        if (cosines[i] > least_) {
          found_.push_back({cosines[i], first_row + int(i)});
          if (found_.size() >= 2 * k + 64) shrink(k);
        }
    }
  }
  std::vector<Candidate>& sorted(size_t k) {
    shrink(k);
    std::sort(found_.begin(), found_.end());
    return found_;
  }

 private:
  void shrink(size_t k) {
    if (found_.size() <= k) return;
    std::nth_element(found_.begin(), found_.begin() + ptrdiff_t(k - 1), found_.end());
    found_.resize(k);
    least_ = found_[k - 1].cosine;
  }
  std::vector<Candidate> found_;
  float least_ = -std::numeric_limits<float>::infinity();
};

// The first n rows of x, scaled to length 1. A row of zeros stays one.
void unit_rows(const float* x, int64_t n, int64_t d, float* out) {
  parallel_for(n, 64, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const float* row = x + i * d;
      const double squares = sum_in_lanes(0, d, [row](int64_t j) { return double(row[j]) * double(row[j]); });
      const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0.0;
      for (int64_t j = 0; j < d; ++j) out[i * d + j] = float(scale * double(row[j]));
    }
  });
}

struct Rows {
  Tensor known, asked;  // (N, d), (M, d), f32
};

Rows checked(const Tensor& train, const Tensor& test, std::span<const int> ks) {
  const NoGrad no_grad;
  Rows rows{checked_features("knn", "training features", train.to(DType::f32)),
            checked_features("knn", "test features", test.to(DType::f32))};
  check(rows.known.size(1) == rows.asked.size(1), "knn: training features have {} columns and test features {}",
        rows.known.size(1), rows.asked.size(1));
  check(!ks.empty(), "knn: no k is given");
  for (const int k : ks)
    check(k >= 1 && k <= rows.known.size(0), "knn: k = {} neighbours cannot be found among {} training rows", k,
          rows.known.size(0));
  return rows;
}

// Block after block of training rows, each against all test rows in parallel.
Neighbours search(const Rows& rows, int k) {
  const int64_t n = rows.known.size(0), m = rows.asked.size(0), d = rows.known.size(1);
  const float *x = rows.known.data<float>(), *y = rows.asked.data<float>();
  std::vector<Nearest> nearest(static_cast<size_t>(m));
  const Block unit(size_t(std::min(n, kTrainRows) * d) * sizeof(float));
  for (int64_t begin = 0; begin < n; begin += kTrainRows) {
    const int64_t count = std::min(kTrainRows, n - begin);
    unit_rows(x + begin * d, count, d, unit.as<float>());
    parallel_for(m, kTestRows, [&](int64_t first, int64_t last) {
      const int64_t tests = last - first;
      const Block own(size_t(tests * d) * sizeof(float)), tile(size_t(tests * count) * sizeof(float));
      float* s = tile.as<float>();
      unit_rows(y + first * d, tests, d, own.as<float>());  // again for each block: cheaper than keeping them
      gemm<float>(false, true, tests, count, d, 1, own.as<float>(), d, unit.as<float>(), d, 0, s, count);
      for (int64_t i = first; i < last; ++i)
        nearest[size_t(i)].offer(s + (i - first) * count, count, int(begin), size_t(k));
    });
  }

  Neighbours result{k, std::vector<int>(size_t(m * k)), std::vector<float>(size_t(m * k))};
  parallel_for(m, 64, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const auto& best = nearest[size_t(i)].sorted(size_t(k));
      for (int64_t j = 0; j < k; ++j) {
        result.row[size_t(i * k + j)] = best[size_t(j)].row;
        result.cosine[size_t(i * k + j)] = best[size_t(j)].cosine;
      }
    }
  });
  return result;
}

std::vector<int> vote(const Neighbours& found, std::span<const int> labels, int k, double temperature,
                      int classes) {
  std::vector<int> winners(found.row.size() / size_t(found.k));
  parallel_for(int64_t(winners.size()), 256, [&](int64_t begin, int64_t end) {
    std::vector<double> votes(static_cast<size_t>(classes));
    for (int64_t i = begin; i < end; ++i) {
      std::fill(votes.begin(), votes.end(), 0.0);
      const int* row = found.row.data() + i * found.k;
      const float* cosine = found.cosine.data() + i * found.k;
      for (int j = 0; j < k; ++j)  // relative to the nearest: no weight overflows
        votes[size_t(labels[size_t(row[j])])] += std::exp((double(cosine[j]) - double(cosine[0])) / temperature);
      winners[size_t(i)] = int(std::max_element(votes.begin(), votes.end()) - votes.begin());
    }
  });
  return winners;
}

void check_temperature(const KnnOptions& options) {
  check(options.temperature > 0, "knn: temperature must be above 0, got {}", options.temperature);
}

}  // namespace

Neighbours nearest_neighbours(const Tensor& train, const Tensor& test, int k) {
  return search(checked(train, test, {&k, 1}), k);
}

std::vector<int> knn_classify(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              const KnnOptions& options) {
  check_temperature(options);
  const Rows rows = checked(train, test, {&options.k, 1});
  const int classes = class_count("knn", options.classes, train_labels);
  check_labels("knn", "training labels", train_labels, train.size(0), classes);
  return vote(search(rows, options.k), train_labels, options.k, options.temperature, classes);
}

double knn_accuracy(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                    std::span<const int> test_labels, const KnnOptions& options) {
  return knn_accuracies(train, train_labels, test, test_labels, {&options.k, 1}, options)[0];
}

std::vector<double> knn_accuracies(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                                   std::span<const int> test_labels, std::span<const int> ks,
                                   const KnnOptions& options) {
  check_temperature(options);
  const Rows rows = checked(train, test, ks);
  const int classes = class_count("knn", options.classes, train_labels, test_labels);
  check_labels("knn", "training labels", train_labels, train.size(0), classes);
  check_labels("knn", "test labels", test_labels, test.size(0), classes);
  const Neighbours found = search(rows, *std::max_element(ks.begin(), ks.end()));
  std::vector<double> accuracies;
  for (const int k : ks) {
    const auto predicted = vote(found, train_labels, k, options.temperature, classes);
    int64_t right = 0;
    for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == test_labels[i];
    accuracies.push_back(double(right) / double(predicted.size()));
  }
  return accuracies;
}

}  // namespace nce::nn
