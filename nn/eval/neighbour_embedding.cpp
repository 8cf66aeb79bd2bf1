#include "nce/nn/eval/neighbour_embedding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/kernels/cauchy.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"
#include "nce/nn/eval/pca.h"

namespace nce::nn {
namespace {

constexpr int64_t kRows = 64;

// The k nearest other rows of each row, by |x_j|^2 - 2 x_i . x_j: (N, k). Without their mean, rows lose fewer digits.
std::vector<int> nearest_others(const Tensor& features, int k) {
  const Tensor rows = (features - mean(features, 0)).contiguous();
  const int64_t n = rows.size(0), d = rows.size(1);
  const auto squares = sum(square(rows), 1).to_vector<float>();
  const float* x = rows.data<float>();
  std::vector<int> near(size_t(n * k));
  parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
    std::vector<float> far(size_t((end - begin) * n));
    std::vector<int> order(static_cast<size_t>(n));
    gemm<float>(false, true, end - begin, n, d, -2, x + begin * d, d, x, d, 0, far.data(), n);
    for (int64_t i = begin; i < end; ++i) {
      float* const to = far.data() + (i - begin) * n;
      for (int64_t j = 0; j < n; ++j) to[j] += squares[size_t(j)];
      std::iota(order.begin(), order.end(), 0);
      std::swap(order[size_t(i)], order.back());  // not itself
      std::partial_sort(order.begin(), order.begin() + k, order.end() - 1,
                        [to](int a, int b) { return to[a] < to[b] || (to[a] == to[b] && a < b); });
      std::copy_n(order.begin(), k, near.begin() + i * k);
    }
  });
  return near;
}

// Neighbours in both directions. From first[i] on: the neighbours of i, and the rows whose neighbour is i. A row that
// is both is there twice.
struct Edges {
  std::vector<int64_t> first;
  std::vector<int> to;

  Edges(const std::vector<int>& near, int64_t n, int k) : first(size_t(n + 1)), to(2 * near.size()) {
    for (size_t e = 0; e < near.size(); ++e) ++first[e / size_t(k) + 1], ++first[size_t(near[e]) + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<int64_t> next(first.begin(), first.end() - 1);
    for (size_t e = 0; e < near.size(); ++e) {
      const size_t i = e / size_t(k), j = size_t(near[e]);
      to[size_t(next[i]++)] = int(j), to[size_t(next[j]++)] = int(i);
    }
  }
};

// The map: x and y of each point.
template <class T>
struct Points {
  std::vector<T> x, y;
};

// N / 2 times the gradient by (x_i, y_i). `inverse`: 1 / S_i.
template <class T>
std::array<double, 2> gradient(const Points<T>& at, const std::vector<T>& inverse, const Edges& edges, int64_t i,
                               double pull) {
  const T x = at.x[size_t(i)], y = at.y[size_t(i)];
  double along[2] = {}, away[2] = {};
  for (int64_t e = edges.first[size_t(i)]; e < edges.first[size_t(i) + 1]; ++e) {
    const size_t j = size_t(edges.to[size_t(e)]);
    const double dx = double(x - at.x[j]), dy = double(y - at.y[j]), q = 1 / (1 + dx * dx + dy * dy);
    along[0] += q * dx, along[1] += q * dy;
  }
  kernels::cauchy<T>().push(x, y, inverse[size_t(i)], at.x.data(), at.y.data(), inverse.data(),
                            int64_t(at.x.size()), away);
  return {pull * along[0] - away[0], pull * along[1] - away[1]};
}

// Gradient descent as in t-SNE: momentum, and for each coordinate a gain, which grows as long as the coordinate moves
// in the same direction (Jacobs, "Increased rates of convergence through learning rate adaptation", 1988).
struct Coordinate {
  double speed = 0, gain = 1;
  double step(double gradient, double rate, double momentum) {
    gain = std::max(0.01, gradient * speed < 0 ? gain + 0.2 : gain * 0.8);
    return speed = momentum * speed - rate * gain * gradient;
  }
};

template <class T>
Tensor embed(const Tensor& rows, const Edges& edges, const NeighbourEmbeddingOptions& options) {
  const int64_t n = rows.size(0);
  // The start is PCA, made so small that all points act on each other.
  const Pca pca = fit_pca(rows, int(std::min<int64_t>(2, rows.size(1))));
  const auto plane = pca.project(rows).to_vector<T>();
  const T scale = pca.variance[0] > 0 ? T(1e-4 / std::sqrt(pca.variance[0])) : T(0);
  const size_t columns = size_t(pca.components.size(0));
  Points<T> at{std::vector<T>(size_t(n)), std::vector<T>(size_t(n))};
  for (size_t i = 0; i < size_t(n); ++i) {
    at.x[i] = scale * plane[columns * i];
    if (columns > 1) at.y[i] = scale * plane[columns * i + 1];
  }
  Points<T> next = at;
  std::vector<Coordinate> x(static_cast<size_t>(n)), y(static_cast<size_t>(n));
  std::vector<T> inverse(static_cast<size_t>(n));
  const double rate = 2 / options.early_delta;
  for (int step = 0; step < options.steps; ++step) {
    const bool early = step < options.early * options.steps;
    const double pull = (early ? options.early_delta : 1) / options.neighbours, momentum = early ? 0.5 : 0.8;
    parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const double all = kernels::cauchy<T>().sum(at.x[size_t(i)], at.y[size_t(i)], at.x.data(), at.y.data(), n);
        inverse[size_t(i)] = T(1 / std::max(1e-6, all - 1));  // less q_ii
      }
    });
    parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto by = gradient(at, inverse, edges, i, pull);
        next.x[size_t(i)] = T(double(at.x[size_t(i)]) + x[size_t(i)].step(by[0], rate, momentum));
        next.y[size_t(i)] = T(double(at.y[size_t(i)]) + y[size_t(i)].step(by[1], rate, momentum));
      }
    });
    std::swap(at, next);
  }
  std::vector<T> map;
  for (size_t i = 0; i < size_t(n); ++i) map.insert(map.end(), {at.x[i], at.y[i]});
  return Tensor::from(map, {n, 2});
}

}  // namespace

Tensor neighbour_embedding(const Tensor& features, const NeighbourEmbeddingOptions& options) {
  const NoGrad no_grad;
  const Tensor rows = checked_features("neighbour_embedding", "features", features);
  const int64_t n = rows.size(0);
  const int k = options.neighbours;
  check(n >= 3, "neighbour_embedding: {} rows make no map; three are needed", n);
  check(k >= 1 && k < n, "neighbour_embedding: {} neighbours cannot be found among {} rows", k, n);
  const Edges edges(nearest_others(rows.to(DType::f32), k), n, k);
  return dispatch(rows.dtype(), [&]<class T>(T) { return embed<T>(rows, edges, options); });
}

}  // namespace nce::nn
