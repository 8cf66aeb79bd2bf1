#include "nce/nn/eval/retrieval.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"
#include "nce/nn/eval/knn.h"

namespace nce::nn {
namespace {

constexpr int64_t kRows = 256;  // rows in a piece of the sums; pieces are added in order

// Sums over the rows.
struct Sums {
  std::vector<double> found;  // for each k
  double precision = 0, rows = 0;
};

}  // namespace

Retrieval retrieval(const Tensor& features, std::span<const int> labels, std::span<const int> ks) {
  const int64_t n = features.dim() == 2 ? features.size(0) : 0;
  check_labels("retrieval", "labels", labels, features.size(0));
  std::unordered_map<int, int> count;
  for (const int label : labels) ++count[label];
  int most = 0;
  for (const auto& [label, size] : count) most = std::max(most, size - 1);
  check(most > 0, "retrieval: no two rows have one label: there is nothing to find");
  for (const int k : ks) {
    check(k >= 1 && k < n, "retrieval: k = {} others cannot be found among {} rows", k, n);
    most = std::max(most, k);
  }
  const Neighbours near = nearest_neighbours(features, features, most + 1);  // a row also finds itself
  const Sums none{.found = std::vector<double>(ks.size())};
  const Sums sums = parallel_reduce<Sums>(
      n, kRows, none,
      [&](int64_t begin, int64_t end) {
        Sums sums = none;
        std::vector<int> others;
        for (int64_t i = begin; i < end; ++i) {
          const int own = labels[size_t(i)], r = count.at(own) - 1;
          if (r == 0) continue;
          others.clear();
          for (int j = 0; j <= most; ++j)
            if (const int row = near.row[size_t(i * near.k + j)]; row != i) others.push_back(row);
          const auto right = [&](int j) { return labels[size_t(others[size_t(j)])] == own; };
          int first = 0, hits = 0;
          while (first < most && !right(first)) ++first;
          for (size_t k = 0; k < ks.size(); ++k) sums.found[k] += first < ks[k];
          double precision = 0;
          for (int j = 0; j < r; ++j)
            if (right(j)) precision += double(++hits) / (j + 1);
          sums.precision += precision / r, ++sums.rows;
        }
        return sums;
      },
      [](Sums a, const Sums& b) {
        for (size_t k = 0; k < a.found.size(); ++k) a.found[k] += b.found[k];
        a.precision += b.precision, a.rows += b.rows;
        return a;
      });
  Retrieval result{.recall = {}, .map_at_r = sums.precision / sums.rows};
  for (const double found : sums.found) result.recall.push_back(found / sums.rows);
  return result;
}

}  // namespace nce::nn
