#include "nce/losses/sup_con.h"

#include <map>
#include <vector>

#include "nce/core/error.h"
#include "nce/losses/pairwise.h"
#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& options) {
  check_views("sup_con", z, z, options.temperature);
  const size_t n = size_t(z.size(0));
  check(labels.size() == n, "sup_con: one label a row is needed, got {} labels for {} rows", labels.size(), n);
  std::map<int, int> number;  // of a label, 0 .. C - 1
  std::vector<int> label;
  std::vector<double> size;
  for (const int name : labels) {
    const auto [known, fresh] = number.emplace(name, int(number.size()));
    if (fresh) size.push_back(0);
    label.push_back(known->second);
    ++size[size_t(known->second)];
  }
  std::vector<double> member(size.size() * n), share(n), weight(n);
  double anchors = 0;
  for (size_t i = 0; i < n; ++i) {
    const double positives = size[size_t(label[i])] - 1;
    member[size_t(label[i]) * n + i] = 1;
    if (positives > 0) share[i] = 1 / positives, weight[i] = 1, ++anchors;
  }
  check(anchors > 0, "sup_con: no two of {} rows have one label: there is no positive", n);
  const auto constant = [&](const std::vector<double>& values, const Shape& shape) {
    return Tensor::from(values, shape).to(z.dtype());
  };

  const Tensor a = unit_rows(z, options.temperature, options.logit_scale);
  const Tensor sums = matmul(constant(member, {int64_t(size.size()), int64_t(n)}), a);
  const Tensor others = index_select(sums, 0, label) - a;
  const Tensor positive = paired(a, others) * constant(share, {int64_t(n)});
  const Tensor rows = logsumexp_pairs(a, {.exclude = Exclude::self, .over = positive});
  return sum(rows * constant(weight, {int64_t(n)})) * (1 / anchors);
}

Tensor sup_con(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const SupConOptions& options) {
  check_views("sup_con", z1, z2, options.temperature);
  check(int64_t(labels.size()) == z1.size(0), "sup_con: one label a pair is needed, got {} labels for {} pairs",
        labels.size(), z1.size(0));
  std::vector<int> both(labels.begin(), labels.end());
  both.insert(both.end(), labels.begin(), labels.end());
  return sup_con(concatenate({z1, z2}), both, options);
}

}  // namespace nce::losses
