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

// The nearest training rows of one test row so far. Rows of a tile with a larger cosine than the k-th best are added,
// then the best k stay. Training rows come in order, so of equal cosines the first row is nearer.
struct Nearest {
  std::vector<Candidate> found;
  float least = -std::numeric_limits<float>::infinity();

  void offer(const float* cosines, int64_t n, int64_t first_row, size_t k) {
    constexpr int64_t kGroup = 16;  // compared at once by vector instructions; most groups have no nearer row
    for (int64_t j = 0; j < n; j += kGroup) {
      const int64_t end = std::min(n, j + kGroup);
      int above = 0;
      for (int64_t i = j; i < end; ++i) above |= cosines[i] > least;
      for (int64_t i = j; above && i < end; ++i)
        if (cosines[i] > least) found.push_back({cosines[i], int(first_row + i)});
    }
    if (found.size() <= k) return;
    std::nth_element(found.begin(), found.begin() + ptrdiff_t(k - 1), found.end());
    found.resize(k);
    least = found[k - 1].cosine;
  }
};

// The rows of x (n, d), scaled to length 1. A row of zeros stays as it is. In f64, so that huge rows do not overflow.
Tensor unit_rows(const Tensor& x) {
  const int64_t d = x.size(1);
  Tensor unit = Tensor::empty(x.shape());
  const float* from = x.data<float>();
  float* to = unit.mutable_data<float>();
  parallel_for(x.size(0), 64, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const float* row = from + i * d;
      const double squares = sum_in_lanes(0, d, [row](int64_t j) { return double(row[j]) * double(row[j]); });
      const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0.0;
      for (int64_t j = 0; j < d; ++j) to[i * d + j] = float(scale * double(row[j]));
    }
  });
  return unit;
}

// Compares tiles of test rows, in parallel, with all training rows.
Neighbours search(const Tensor& train, const Tensor& test, std::span<const int> ks) {
  const NoGrad no_grad;
  const Tensor known = checked_features("knn", "training features", train.to(DType::f32)),
               asked = checked_features("knn", "test features", test.to(DType::f32));
  const int64_t n = known.size(0), m = asked.size(0), d = known.size(1);
  check(d == asked.size(1), "knn: training features have {} columns and test features {}", d, asked.size(1));
  check(!ks.empty(), "knn: no k is given");
  for (const int k : ks)
    check(k >= 1 && k <= n, "knn: k = {} neighbours cannot be found among {} training rows", k, n);
  const int64_t k = *std::max_element(ks.begin(), ks.end());
  const Tensor unit_known = unit_rows(known), unit_asked = unit_rows(asked);
  const float *x = unit_known.data<float>(), *y = unit_asked.data<float>();
  Neighbours result{int(k), std::vector<int>(size_t(m * k)), std::vector<float>(size_t(m * k))};
  parallel_for(m, kTestRows, [&](int64_t first, int64_t last) {
    const MemoryBlock tile(size_t((last - first) * std::min(n, kTrainRows)) * sizeof(float));
    std::vector<Nearest> nearest(size_t(last - first));
    for (int64_t begin = 0; begin < n; begin += kTrainRows) {
      const int64_t count = std::min(kTrainRows, n - begin);
      float* s = tile.as<float>();
      gemm<float>(false, true, last - first, count, d, 1, y + first * d, d, x + begin * d, d, 0, s, count);
      for (Nearest& row : nearest) row.offer(s, count, begin, size_t(k)), s += count;
    }
    for (int64_t i = first; i < last; ++i) {
      auto& best = nearest[size_t(i - first)].found;
      std::sort(best.begin(), best.end());
      for (int64_t j = 0; j < k; ++j)
        result.row[size_t(i * k + j)] = best[size_t(j)].row,
                                  result.cosine[size_t(i * k + j)] = best[size_t(j)].cosine;
    }
  });
  return result;
}

// One score for each label that is in `votes`: the sum of its votes, in their order.
void add_up(std::vector<Score>& votes) {
  std::stable_sort(votes.begin(), votes.end(), [](const Score& a, const Score& b) { return a.label < b.label; });
  size_t count = 0;
  for (const Score vote : votes)
    if (count > 0 && votes[count - 1].label == vote.label)
      votes[count - 1].score += vote.score;
    else
      votes[count++] = vote;
  votes.resize(count);
}

}  // namespace

Neighbours nearest_neighbours(const Tensor& train, const Tensor& test, int k) {
  return search(train, test, {&k, 1});
}

std::vector<Ranking> knn_rank(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              std::span<const int> ks, const KnnOptions& options) {
  check(options.temperature > 0, "knn: temperature must be above 0, got {}", options.temperature);
  check_labels("knn", "training labels", train_labels, train.size(0));
  const Neighbours found = search(train, test, ks);
  std::vector<Ranking> rankings(ks.size(), Ranking(test.size(0), options.top));
  parallel_for(test.size(0), 256, [&](int64_t begin, int64_t end) {
    std::vector<Score> votes;
    for (int64_t i = begin; i < end; ++i)
      for (size_t which = 0; which < ks.size(); ++which) {
        const int* row = found.row.data() + i * found.k;
        const float* cosine = found.cosine.data() + i * found.k;
        votes.clear();
        for (int j = 0; j < ks[which]; ++j)  // relative to the nearest row, so that no weight overflows
          votes.push_back({train_labels[size_t(row[j])],
                           std::exp((double(cosine[j]) - double(cosine[0])) / options.temperature)});
        add_up(votes);
        rankings[which].set(i, votes);
      }
  });
  return rankings;
}

std::vector<int> knn_classify(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              const KnnOptions& options) {
  return knn_rank(train, train_labels, test, {&options.k, 1}, options)[0].first();
}

double knn_accuracy(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                    std::span<const int> test_labels, const KnnOptions& options) {
  check_labels("knn", "test labels", test_labels, test.size(0));
  return knn_rank(train, train_labels, test, {&options.k, 1}, options)[0].accuracy(test_labels, options.top);
}

}  // namespace nce::nn
