#include "nce/nn/eval/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/core/sums.h"
#include "nce/nn/eval/checks.h"

namespace nce::nn {
namespace {

constexpr int64_t kRows = 256;      // rows in a task
constexpr int64_t kSumRows = 4096;  // rows in a partial sum

double squared_distance(const float* a, const float* b, int64_t d) {
  return sum_in_lanes(0, d, [=](int64_t j) {
    const double difference = double(a[j]) - double(b[j]);
    return difference * difference;
  });
}

// The nearest centroid of each row of x (n, d). It has the largest x.c - |c|^2 / 2.
std::vector<int> nearest(const Tensor& x, const Tensor& centroids) {
  const int64_t n = x.size(0), d = x.size(1), k = centroids.size(0);
  const float *rows = x.data<float>(), *c = centroids.data<float>();
  std::vector<float> half(static_cast<size_t>(k));
  for (int64_t i = 0; i < k; ++i)
    half[size_t(i)] =
        float(0.5 * sum_in_lanes(0, d, [=](int64_t j) { return double(c[i * d + j]) * double(c[i * d + j]); }));
  std::vector<int> found(static_cast<size_t>(n));
  parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
    const MemoryBlock tile(size_t((end - begin) * k) * sizeof(float));
    float* products = tile.as<float>();
    gemm<float>(false, true, end - begin, k, d, 1, rows + begin * d, d, c, d, 0, products, k);
    for (int64_t i = begin; i < end; ++i) {
      const float* row = products + (i - begin) * k;
      int best = 0;
      for (int64_t j = 1; j < k; ++j)
        if (row[j] - half[size_t(j)] > row[best] - half[size_t(best)]) best = int(j);
      found[size_t(i)] = best;
    }
  });
  return found;
}

// The squared distance of each row to the centroid of its cluster.
std::vector<double> distances(const Tensor& x, const Tensor& centroids, const std::vector<int>& cluster) {
  const int64_t d = x.size(1);
  const float *rows = x.data<float>(), *c = centroids.data<float>();
  std::vector<double> squares(cluster.size());
  parallel_for(x.size(0), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      squares[size_t(i)] = squared_distance(rows + i * d, c + cluster[size_t(i)] * d, d);
  });
  return squares;
}

// k-means++ with candidates. A few rows are drawn, row i with probability squares[i] / total. The one stays that gives
// the smallest new total.
Tensor first_centroids(const Tensor& x, int clusters, Random random) {
  const int64_t n = x.size(0), d = x.size(1);
  const int candidates = 2 + int(std::log(clusters));
  const float* rows = x.data<float>();
  std::vector<double> squares(size_t(n), std::numeric_limits<double>::infinity());  // to the nearest drawn row
  double total = 0;
  const auto draw = [&] {
    const double wanted = double(random.uniform()) * total;
    double reached = 0;
    int row = 0;  // if all squares are 0, every row equals a drawn one: take one again
    for (int64_t i = 0; i < n && reached <= wanted; ++i)
      if (squares[size_t(i)] > 0) reached += squares[size_t(i)], row = int(i);
    return row;
  };
  std::vector<int> drawn{int(random.below(uint32_t(n)))};
  const auto with = [&](int row) {
    std::vector<double> nearer = squares;
    parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        nearer[size_t(i)] = std::min(nearer[size_t(i)], squared_distance(rows + i * d, rows + row * d, d));
    });
    return nearer;
  };
  const auto total_of = [&](const std::vector<double>& all) {
    return sum_in_pieces<double>(n, [&](int64_t i) { return all[size_t(i)]; });
  };
  squares = with(drawn[0]), total = total_of(squares);
  while (int(drawn.size()) < clusters) {
    std::vector<double> best;
    double least = std::numeric_limits<double>::infinity();
    int chosen = 0;
    for (int i = 0; i < candidates; ++i) {
      const int row = draw();
      std::vector<double> nearer = with(row);
      if (const double left = total_of(nearer); left < least) least = left, chosen = row, best = std::move(nearer);
    }
    drawn.push_back(chosen), squares = std::move(best), total = least;
  }
  return index_select(x, 0, drawn);
}

// The mean of each cluster's rows.
Tensor means(const Tensor& x, const std::vector<int>& cluster, const Tensor& before) {
  const int64_t n = x.size(0), d = x.size(1), k = before.size(0);
  const float* rows = x.data<float>();
  using Sums = std::vector<double>;  // (k, d + 1): d sums and a count
  const auto sums_of = [&](int64_t begin, int64_t end) {
    Sums sums(size_t(k * (d + 1)), 0.0);
    for (int64_t i = begin; i < end; ++i) {
      double* sum = sums.data() + cluster[size_t(i)] * (d + 1);
      for (int64_t j = 0; j < d; ++j) sum[j] += double(rows[i * d + j]);
      sum[d] += 1;
    }
    return sums;
  };
  const Sums sums =
      parallel_reduce<Sums>(n, kSumRows, Sums(size_t(k * (d + 1)), 0.0), sums_of, [](Sums a, const Sums& b) {
        for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
        return a;
      });
  Tensor centroids = before.clone();
  float* c = centroids.mutable_data<float>();
  std::vector<double> squares;  // needed if a cluster has lost its last row
  for (int64_t i = 0; i < k; ++i) {
    const double* sum = sums.data() + i * (d + 1);
    if (sum[d] > 0) {
      for (int64_t j = 0; j < d; ++j) c[i * d + j] = float(sum[j] / sum[d]);
      continue;
    }
    if (squares.empty()) squares = distances(x, before, cluster);
    const auto farthest = std::max_element(squares.begin(), squares.end());
    if (*farthest > 0) std::copy_n(rows + (farthest - squares.begin()) * d, d, c + i * d);
    *farthest = 0;
  }
  return centroids;
}

// Lloyd's rounds.
KMeans descend(const Tensor& x, Tensor centroids, int iterations) {
  KMeans result;
  result.cluster = nearest(x, centroids);
  result.centroids = std::move(centroids);
  while (result.iterations < iterations) {
    ++result.iterations;
    result.centroids = means(x, result.cluster, result.centroids);
    std::vector<int> cluster = nearest(x, result.centroids);
    if (cluster == result.cluster) break;
    result.cluster = std::move(cluster);
  }
  for (const double square : distances(x, result.centroids, result.cluster)) result.inertia += square;
  return result;
}

// The features in f32. They and their products must be finite, so that no distance is a NaN.
Tensor checked(const char* what, const Tensor& features) {
  const Tensor x = checked_features("kmeans", what, features.to(DType::f32));
  const double most = max(abs(x)).item();
  check(most * most * double(x.size(1)) < std::numeric_limits<float>::max(),
        "kmeans: {} reach {:.3g}: their squares do not fit in f32; divide them by it", what, most);
  return x;
}

}  // namespace

std::vector<int> KMeans::assign(const Tensor& features) const {
  const NoGrad no_grad;
  const Tensor x = checked("features", features);
  check(x.size(1) == centroids.size(1), "kmeans: features have {} columns and the centroids {}", x.size(1),
        centroids.size(1));
  return nearest(x, centroids);
}

KMeans fit_kmeans(const Tensor& features, const KMeansOptions& options) {
  const NoGrad no_grad;
  const Tensor x = checked("features", features);
  check(options.clusters >= 1 && options.clusters <= x.size(0), "kmeans: {} clusters cannot be found among {} rows",
        options.clusters, x.size(0));
  check(options.iterations >= 1, "kmeans: at least 1 iteration is needed, got {}", options.iterations);
  check(options.n_init >= 1, "kmeans: at least 1 start is needed, got n_init = {}", options.n_init);
  KMeans best;
  for (int start = 0; start < options.n_init; ++start) {
    KMeans next = descend(x, first_centroids(x, options.clusters, Random(options.key.fold(uint64_t(start)))),
                          options.iterations);
    if (start == 0 || next.inertia < best.inertia) best = std::move(next);
  }
  return best;
}

}  // namespace nce::nn
