#include "nce/nn/eval/clustering.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "nce/core/error.h"
#include "nce/nn/eval/checks.h"

namespace nce::nn {
namespace {

// The number of rows for each pair of a cluster and a label. Numbers that do not occur are left out.
struct Contingency {
  int64_t rows = 0;
  std::vector<double> clusters, labels;  // rows of each
  std::vector<double> pairs;             // (clusters, labels)

  Contingency(const char* op, std::span<const int> cluster_of, std::span<const int> label_of)
      : rows(int64_t(label_of.size())) {
    check(rows > 0, "{}: there are no rows", op);
    check_labels(op, "clusters", cluster_of, rows);
    check_labels(op, "labels", label_of, rows);
    std::map<int, size_t> cluster, label;
    for (const int c : cluster_of) cluster.emplace(c, cluster.size());
    for (const int l : label_of) label.emplace(l, label.size());
    clusters.resize(cluster.size()), labels.resize(label.size()), pairs.resize(cluster.size() * label.size());
    for (size_t i = 0; i < label_of.size(); ++i) {
      const size_t c = cluster[cluster_of[i]], l = label[label_of[i]];
      clusters[c]++, labels[l]++, pairs[c * labels.size() + l]++;
    }
  }
};

// The largest sum of n elements of a matrix (n, n), no two of them in one row or column. Rows are added one by one. For
// each, the shortest path of exchanges with earlier rows is found (Jonker and Volgenant, 1987). `row_price` and
// `column_price` keep all reduced costs at 0 or above, so that Dijkstra's method works.
double largest_assignment(const std::vector<double>& gain, size_t n) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::vector<double> row_price(n + 1), column_price(n + 1);
  std::vector<size_t> row_of(n + 1, n);  // of a column; n: none yet. Column n starts a path
  for (size_t row = 0; row < n; ++row) {
    std::vector<double> distance(n, kFar);
    std::vector<size_t> before(n, n);
    std::vector<bool> done(n + 1);
    row_of[n] = row;
    size_t at = n;
    while (row_of[at] != n) {
      done[at] = true;
      const size_t r = row_of[at];
      size_t next = n;
      double step = kFar;
      for (size_t c = 0; c < n; ++c) {
        if (done[c]) continue;
        const double cost = -gain[r * n + c] - row_price[r] - column_price[c];
        if (cost < distance[c]) distance[c] = cost, before[c] = at;
        if (distance[c] < step) step = distance[c], next = c;
      }
      for (size_t c = 0; c <= n; ++c)
        if (done[c])
          row_price[row_of[c]] += step, column_price[c] -= step;
        else if (c < n)
          distance[c] -= step;
      at = next;
    }
    for (; at != n; at = before[at]) row_of[at] = row_of[before[at]];
    row_of[n] = n;
  }
  double sum = 0;
  for (size_t c = 0; c < n; ++c) sum += gain[row_of[c] * n + c];
  return sum;
}

double entropy(const std::vector<double>& counts, double rows) {
  double sum = 0;
  for (const double count : counts) sum -= count / rows * std::log(count / rows);
  return sum;
}

double pairs_within(const std::vector<double>& counts) {
  double sum = 0;
  for (const double count : counts) sum += count * (count - 1) / 2;
  return sum;
}

}  // namespace

double clustering_accuracy(std::span<const int> clusters, std::span<const int> labels) {
  const Contingency table("clustering_accuracy", clusters, labels);
  const size_t columns = table.labels.size(), n = std::max(table.clusters.size(), columns);
  std::vector<double> square(n * n);  // filled up with zeros: clusters without a label, or labels without a cluster
  for (size_t i = 0; i < table.pairs.size(); ++i) square[i / columns * n + i % columns] = table.pairs[i];
  return largest_assignment(square, n) / double(table.rows);
}

double normalized_mutual_info(std::span<const int> clusters, std::span<const int> labels) {
  const Contingency table("normalized_mutual_info", clusters, labels);
  const double rows = double(table.rows), mean = (entropy(table.clusters, rows) + entropy(table.labels, rows)) / 2;
  if (mean == 0) return 1;
  double information = 0;
  for (size_t i = 0; i < table.pairs.size(); ++i) {
    const double pair = table.pairs[i], c = table.clusters[i / table.labels.size()],
                 l = table.labels[i % table.labels.size()];
    if (pair > 0) information += pair / rows * std::log(pair * rows / (c * l));
  }
  return std::clamp(information / mean, 0.0, 1.0);
}

double adjusted_rand_index(std::span<const int> clusters, std::span<const int> labels) {
  const Contingency table("adjusted_rand_index", clusters, labels);
  const double same = pairs_within(table.pairs), c = pairs_within(table.clusters), l = pairs_within(table.labels),
               all = double(table.rows) * double(table.rows - 1) / 2;
  if (c == l && (c == 0 || c == all)) return 1;  // in both, all rows are apart, or all are together
  const double expected = c * l / all;
  return (same - expected) / ((c + l) / 2 - expected);
}

}  // namespace nce::nn
