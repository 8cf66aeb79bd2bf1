#include "nce/losses/sup_con.h"

#include <algorithm>
#include <map>
#include <vector>

#include "nce/core/error.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

/// Which rows have which label.
class Classes {
 public:
  explicit Classes(std::span<const int> labels) {
    std::map<int, int> number;  // label -> 0 .. C - 1
    for (const int label : labels) {
      const auto [known, fresh] = number.emplace(label, int(number.size()));
      if (fresh) size_.push_back(0);
      of_.push_back(known->second);
      ++size_[size_t(known->second)];
    }
  }
  size_t count() const { return of_.size(); }
  double positives(size_t row) const { return size_[size_t(of_[row])] - 1; }

  /// a: (N, d). Row i of the result is the sum of all rows with its label: (N, d).
  Tensor sums(const Tensor& a) const {
    const size_t n = count(), classes = size_.size();
    std::vector<double> member(classes * n);
    for (size_t i = 0; i < n; ++i) member[size_t(of_[i]) * n + i] = 1;
    return index_select(matmul(Tensor::from(member, {int64_t(classes), int64_t(n)}).to(a.dtype()), a), 0, of_);
  }

 private:
  std::vector<int> of_;
  std::vector<double> size_;
};

// The labels of all rows of some views, one view below the other. No labels: each sample is a class.
std::vector<int> labels_of_rows(std::span<const int> labels, int64_t samples, size_t views) {
  check(labels.empty() || int64_t(labels.size()) == samples,
        "sup_con: one label a pair is needed, got {} labels for {} pairs", labels.size(), samples);
  std::vector<int> all(views * size_t(samples));
  for (size_t i = 0; i < all.size(); ++i) {
    const size_t sample = i % size_t(samples);
    all[i] = labels.empty() ? int(sample) : labels[sample];
  }
  return all;
}

// value(i) for each row i, as a constant: (N).
template <class F>
Tensor by_row(size_t n, DType dtype, F value) {
  std::vector<double> values;
  for (size_t i = 0; i < n; ++i) values.push_back(value(i));
  return Tensor::from(values, {int64_t(n)}).to(dtype);
}

// The loss times temperature / base_temperature.
Tensor scaled(const Tensor& loss, const SupConOptions& options) {
  if (!options.base_temperature) return loss;
  const Tensor inverse = square(options.temperature.scale(Tensor::scalar(1, loss.dtype())));
  return loss / (inverse * *options.base_temperature);
}

}  // namespace

Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& options) {
  check_loss("sup_con", z, z, options);
  const Classes classes(labels);
  const size_t n = size_t(z.size(0));
  check(classes.count() == n, "sup_con: one label a row is needed, got {} labels for {} rows", labels.size(), n);
  double anchors = 0;
  for (size_t i = 0; i < n; ++i) anchors += classes.positives(i) > 0;
  if (anchors == 0) return sum(z * 0.0);

  if (options.all_anchors) anchors = double(n);

  const Tensor a = logit_rows(z, options.temperature);
  const Tensor share = by_row(n, z.dtype(), [&](size_t i) { return 1 / std::max(1.0, classes.positives(i)); });
  const Tensor weight = by_row(n, z.dtype(), [&](size_t i) { return classes.positives(i) > 0 ? 1 / anchors : 0; });
  const Tensor positive = paired(a, classes.sums(a) - a) * share;  // the mean over P_i
  return scaled(sum(logsumexp_pairs(a, {.exclude = Exclude::self, .minus = positive}) * weight), options);
}

Tensor sup_con(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const SupConOptions& options) {
  check_loss("sup_con", z1, z2, options);
  const Classes classes(labels_of_rows(labels, z1.size(0), 2));
  const size_t n = classes.count();

  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor z = concatenate({a, b}), once = paired(a, b), pair = concatenate({once, once});
  // nt_xent, minus how much the mean over the positives is above the logit of the pair. If there is no other positive,
  // that is exactly 0.
  const Tensor share = by_row(n, z.dtype(), [&](size_t i) {
    const double positives = classes.positives(i);
    return positives > 1 ? 1 / positives : 0;
  });
  const Tensor rest = by_row(n, z.dtype(), [&](size_t i) { return 1 - 1 / classes.positives(i); });
  const Tensor more = paired(z, classes.sums(z) - z - concatenate({b, a})) * share - pair * rest;
  return scaled(mean(softplus(logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = pair})) - more),
                options);
}

Tensor sup_con(const std::vector<Tensor>& views, std::span<const int> labels, const SupConOptions& options) {
  check_loss("sup_con", views, options);
  if (views.size() == 2) return sup_con(views[0], views[1], labels, options);
  return sup_con(concatenate(views), labels_of_rows(labels, views[0].size(0), views.size()), options);
}

}  // namespace nce::losses
