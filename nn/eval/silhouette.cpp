#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"
#include "nce/nn/eval/clustering.h"

namespace nce::nn {
namespace {

constexpr int64_t kRows = 64, kColumns = 2048;  // a tile of products: 1 MB in f64

// The rows of x in the order of their groups: each group is one run of rows.
struct Grouped {
  std::vector<int> order;      // rows
  std::vector<int64_t> first;  // of each group; one past the last at the end

  explicit Grouped(std::span<const int> groups) : order(groups.size()) {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return groups[size_t(a)] < groups[size_t(b)]; });
    for (size_t i = 0; i < order.size(); ++i)
      if (i == 0 || groups[size_t(order[i])] != groups[size_t(order[i - 1])]) first.push_back(int64_t(i));
    first.push_back(int64_t(order.size()));
  }
  size_t count() const { return first.size() - 1; }
  int64_t size(size_t group) const { return first[group + 1] - first[group]; }
};

}  // namespace

double silhouette(const Tensor& features, std::span<const int> groups) {
  const NoGrad no_grad;
  const Tensor checked = checked_features("silhouette", "features", features).to(DType::f64);
  const int64_t n = checked.size(0), d = checked.size(1);
  check_labels("silhouette", "groups", groups, n);
  const Grouped grouped(groups);
  const size_t count = grouped.count();
  check(count >= 2, "silhouette: all {} rows are in one group; two are needed", n);
  check(int64_t(count) < n, "silhouette: each of the {} rows is alone in its group", n);
  // Distances come from products of rows. Centred ones lose fewer digits.
  const Tensor rows = index_select(checked - mean(checked, 0), 0, grouped.order).contiguous();
  const double* x = rows.data<double>();
  std::vector<double> squares(static_cast<size_t>(n)), values(static_cast<size_t>(n));
  parallel_for(n, 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      squares[size_t(i)] = std::inner_product(x + i * d, x + (i + 1) * d, x + i * d, 0.0);
  });
  parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
    const int64_t height = end - begin;
    const MemoryBlock tile(size_t(height * std::min(n, kColumns)) * sizeof(double));
    std::vector<double> sums(size_t(height) * count);  // of distances, from each row to each group
    for (int64_t from = 0; from < n; from += kColumns) {
      const int64_t to = std::min(n, from + kColumns), width = to - from;
      double* products = tile.as<double>();
      gemm<double>(false, true, height, width, d, 1, x + begin * d, d, x + from * d, d, 0, products, width);
      for (int64_t i = 0; i < height; ++i)
        for (size_t g = 0; g < count; ++g) {
          double sum = 0;
          for (int64_t j = std::max(from, grouped.first[g]); j < std::min(to, grouped.first[g + 1]); ++j)
            if (j != begin + i)
              sum += std::sqrt(std::max(
                  0.0, squares[size_t(begin + i)] + squares[size_t(j)] - 2 * products[i * width + j - from]));
          sums[size_t(i) * count + g] += sum;
        }
    }
    for (int64_t i = begin; i < end; ++i) {
      const auto own =
          size_t(std::upper_bound(grouped.first.begin(), grouped.first.end(), i) - grouped.first.begin() - 1);
      if (grouped.size(own) == 1) continue;
      const double* sum = sums.data() + size_t(i - begin) * count;
      const double a = sum[own] / double(grouped.size(own) - 1);
      double b = std::numeric_limits<double>::infinity();
      for (size_t g = 0; g < count; ++g)
        if (g != own) b = std::min(b, sum[g] / double(grouped.size(g)));
      values[size_t(i)] = std::max(a, b) > 0 ? (b - a) / std::max(a, b) : 0;
    }
  });
  return std::accumulate(values.begin(), values.end(), 0.0) / double(n);
}

}  // namespace nce::nn
