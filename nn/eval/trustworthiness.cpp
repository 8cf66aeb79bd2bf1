#include "nce/nn/eval/trustworthiness.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"

namespace nce::nn {
namespace {

// Squared distances from row i to all rows; infinity to itself, as it is not its own neighbour.
void distances(const Tensor& x, int64_t i, std::vector<double>& to) {
  const int64_t n = x.size(0), d = x.size(1);
  const double* rows = x.data<double>();
  for (int64_t j = 0; j < n; ++j) {
    double sum = 0;
    for (int64_t c = 0; c < d; ++c) {
      const double difference = rows[i * d + c] - rows[j * d + c];
      sum += difference * difference;
    }
    to[size_t(j)] = sum;
  }
  to[size_t(i)] = std::numeric_limits<double>::infinity();
}

}  // namespace

double trustworthiness(const Tensor& features, const Tensor& map, int k) {
  const NoGrad no_grad;
  const Tensor x = checked_features("trustworthiness", "features", features).to(DType::f64),
               y = checked_features("trustworthiness", "points of the map", map).to(DType::f64);
  const int64_t n = x.size(0);
  check(y.size(0) == n, "trustworthiness: {} rows of features and {} points of the map", n, y.size(0));
  check(k >= 1 && 2 * int64_t(k) < n, "trustworthiness: k = {} is not within 1 .. N / 2 for N = {} rows", k, n);
  const int64_t beyond = parallel_reduce<int64_t>(
      n, 16, 0,
      [&](int64_t begin, int64_t end) {
        std::vector<double> in_features(static_cast<size_t>(n)), on_map(static_cast<size_t>(n));
        std::vector<int> order(static_cast<size_t>(n));
        int64_t sum = 0;
        for (int64_t i = begin; i < end; ++i) {
          distances(x, i, in_features), distances(y, i, on_map);
          std::iota(order.begin(), order.end(), 0);
          const auto nearer = [](const std::vector<double>& to) {
            return [&to](int a, int b) {
              return to[size_t(a)] < to[size_t(b)] || (to[size_t(a)] == to[size_t(b)] && a < b);
            };
          };
          std::nth_element(order.begin(), order.begin() + k, order.end(), nearer(on_map));
          for (int j = 0; j < k; ++j) {
            const auto before = nearer(in_features);
            const int row = order[size_t(j)];
            int64_t rank = 1;
            for (int other = 0; other < n; ++other) rank += other != row && before(other, row);
            sum += std::max<int64_t>(0, rank - k);
          }
        }
        return sum;
      },
      [](int64_t a, int64_t b) { return a + b; });
  return 1 - 2 * double(beyond) / (double(n) * k * double(2 * n - 3 * int64_t(k) - 1));
}

}  // namespace nce::nn
