#include "nce/nn/eval/linear_probe.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/checks.h"
#include "nce/nn/eval/lbfgs.h"
#include "nce/nn/eval/preconditioner.h"

namespace nce::nn {
namespace {

constexpr const char* kName = "linear probe";
constexpr int64_t kBlock = 256;  // rows whose features stay in the cache from the logits to the gradient

// Rows in a partial sum. At most 32 parts, so that their gradients take little memory beside the features.
int64_t part_rows(int64_t n) {
  const int64_t rows = std::max<int64_t>(1024, (n + 31) / 32);
  return (rows + kBlock - 1) / kBlock * kBlock;
}

// Mean and 1 / standard deviation of each feature over `rows`, in f64. For a constant feature the second is 0.
template <class T>
void measure(const Tensor& features, std::span<const int> rows, Tensor& mean, Tensor& scale) {
  const int64_t n = int64_t(rows.size()), d = features.size(1);
  std::vector<double> centre(static_cast<size_t>(d)), squares(centre);
  for (const int i : rows) {
    const T* x = features.data<T>() + i * d;
    for (int64_t j = 0; j < d; ++j) centre[size_t(j)] += double(x[j]);
  }
  for (double& v : centre) v /= double(n);
  for (const int i : rows) {
    const T* x = features.data<T>() + i * d;
    for (int64_t j = 0; j < d; ++j) {
      const double away = double(x[j]) - centre[size_t(j)];
      squares[size_t(j)] += away * away;
    }
  }
  mean = Tensor::empty({d}, features.dtype()), scale = Tensor::empty({d}, features.dtype());
  T *m = mean.mutable_data<T>(), *s = scale.mutable_data<T>();
  for (int64_t j = 0; j < d; ++j) {
    const double deviation = std::sqrt(squares[size_t(j)] / double(n));
    const bool constant = deviation <= 1e-7 * std::abs(centre[size_t(j)]);  // 0, or only a rounding error
    m[j] = T(centre[size_t(j)]);
    s[j] = constant ? T(0) : T(1 / deviation);
  }
}

// (x - mean) scale for `rows`: the only copy of the features.
template <class T>
Tensor standardised(const Tensor& features, std::span<const int> rows, const Tensor& mean, const Tensor& scale) {
  const int64_t d = features.size(1);
  Tensor all = Tensor::empty({int64_t(rows.size()), d}, features.dtype());
  const T *from = features.data<T>(), *m = mean.data<T>(), *s = scale.data<T>();
  T* to = all.mutable_data<T>();
  parallel_for(int64_t(rows.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < d; ++j) to[i * d + j] = (from[rows[size_t(i)] * d + j] - m[j]) * s[j];
  });
  return all;
}

// Mean cross-entropy and its gradient, as a function of the weights (classes, d) and then the biases (classes).
template <class T>
class Objective {
 public:
  Objective(const Tensor& x, std::span<const int> labels, int64_t classes, double l2)
      : x_(x), labels_(labels), n_(x.size(0)), d_(x.size(1)), classes_(classes), l2_(l2) {}

  double operator()(std::span<const double> theta, std::span<double> gradient) {
    const int64_t width = classes_ * d_, total = width + classes_;
    const std::vector<T> w(theta.begin(), theta.end());
    const int64_t grain = part_rows(n_), parts = (n_ + grain - 1) / grain;
    const MemoryBlock sums(size_t(parts * total) * sizeof(T));
    std::vector<double> losses(static_cast<size_t>(parts));
    parallel_for(n_, grain, [&](int64_t begin, int64_t end) {
      losses[size_t(begin / grain)] = part(begin, end, w.data(), sums.as<T>() + begin / grain * total);
    });
    double loss = 0;
    for (const double part : losses) loss += part / double(n_);
    parallel_for(total, 4096, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        double sum = 0;
        for (int64_t part = 0; part < parts; ++part) sum += double(sums.as<T>()[part * total + k]);
        gradient[size_t(k)] = sum / double(n_) + (k < width ? l2_ * theta[size_t(k)] : 0.0);
      }
    });
    double squares = 0;
    for (int64_t k = 0; k < width; ++k) squares += theta[size_t(k)] * theta[size_t(k)];
    return loss + l2_ / 2 * squares;
  }

 private:
  // Returns the sum of the losses of rows begin .. end. `sum` becomes the sum of their gradients.
  double part(int64_t begin, int64_t end, const T* w, T* sum) const {
    const T *x = x_.data<T>(), *bias = w + classes_ * d_;
    T* bias_sum = sum + classes_ * d_;
    std::fill_n(bias_sum, classes_, T(0));
    const MemoryBlock scratch(size_t(kBlock * classes_) * sizeof(T));
    T* p = scratch.as<T>();
    double loss = 0;
    for (int64_t i = begin; i < end; i += kBlock) {
      const int64_t rows = std::min(kBlock, end - i);
      gemm<T>(false, true, rows, classes_, d_, 1, x + i * d_, d_, w, d_, 0, p, classes_);
      for (int64_t r = 0; r < rows; ++r) loss += difference(p + r * classes_, bias, labels_[size_t(i + r)]);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < classes_; ++c) bias_sum[c] += p[r * classes_ + c];
      gemm<T>(true, false, classes_, d_, rows, 1, p, classes_, x + i * d_, d_, i == begin ? T(0) : T(1), sum, d_);
    }
    return loss;
  }

  // Turns logits without bias, z (classes), into softmax - onehot(label). Returns the cross-entropy.
  double difference(T* z, const T* bias, int label) const {
    T most = z[0] + bias[0];
    for (int64_t c = 0; c < classes_; ++c) z[c] += bias[c], most = std::max(most, z[c]);
    const double chosen = double(z[label] - most);
    T sum = 0;
    for (int64_t c = 0; c < classes_; ++c) sum += z[c] = std::exp(z[c] - most);
    for (int64_t c = 0; c < classes_; ++c) z[c] /= sum;
    z[label] -= 1;
    return std::log(double(sum)) - chosen;
  }

  Tensor x_;
  std::span<const int> labels_;
  int64_t n_, d_, classes_;
  double l2_;
};

// The fit for these rows of dense features, which have a label each.
LinearProbe fit(const Tensor& dense, std::span<const int> rows, std::span<const int> labels,
                const LinearProbeOptions& options) {
  check(options.l2 >= 0, "{}: l2 must be at least 0, got {}", kName, options.l2);
  LinearProbe probe;
  probe.classes.assign(labels.begin(), labels.end());
  std::sort(probe.classes.begin(), probe.classes.end());
  probe.classes.erase(std::unique(probe.classes.begin(), probe.classes.end()), probe.classes.end());
  std::vector<int> column;  // of each row's label
  for (const int label : labels)
    column.push_back(
        int(std::lower_bound(probe.classes.begin(), probe.classes.end(), label) - probe.classes.begin()));
  const int64_t d = dense.size(1), classes = int64_t(probe.classes.size());
  dispatch(dense.dtype(), [&]<class T>(T) {
    measure<T>(dense, rows, probe.mean, probe.scale);
    const Tensor x = standardised<T>(dense, rows, probe.mean, probe.scale);
    Objective<T> objective(x, column, classes, options.l2);
    std::vector<double> theta(size_t(classes * (d + 1)));
    const LbfgsOptions lbfgs{.max_iterations = options.max_iterations,
                             .tolerance = options.tolerance,
                             .value_noise = sizeof(T) == 4 ? 1e-8 : 1e-14};
    LbfgsResult result;
    if (options.precondition) {
      const Preconditioner round(x, classes, options.l2, T());
      const auto in_round = [&](std::span<const double> u, std::span<double> gradient) {
        std::vector<double> w(u.begin(), u.end());
        round.to_weights(w);
        const double value = objective(w, gradient);
        round.to_slopes(gradient);
        return value;
      };
      result = minimize_lbfgs(theta, in_round, lbfgs);
      round.to_weights(theta);
    } else {
      result = minimize_lbfgs(theta, std::ref(objective), lbfgs);
    }
    const auto weights = theta.begin() + classes * d;
    probe.weight = Tensor::from(std::vector<T>(theta.begin(), weights), {classes, d});
    probe.bias = Tensor::from(std::vector<T>(weights, theta.end()), {classes});
    probe.l2 = options.l2;
    probe.loss = result.value, probe.largest_gradient = result.largest_gradient;
    probe.iterations = result.iterations, probe.converged = result.converged;
  });
  return probe;
}

std::vector<int> numbers(size_t n) {
  std::vector<int> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             const LinearProbeOptions& options) {
  const NoGrad no_grad;
  const Tensor dense = checked_features(kName, "features", features);
  check_labels(kName, "labels", labels, dense.size(0));
  return fit(dense, numbers(labels.size()), labels, options);
}

LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             std::span<const double> candidates, const LinearProbeOptions& options) {
  const NoGrad no_grad;
  const Tensor dense = checked_features(kName, "features", features);
  LinearProbeOptions trial = options;
  check_labels(kName, "labels", labels, dense.size(0));
  check(!candidates.empty() && labels.size() >= 10,
        "{}: choosing a penalty needs candidates and at least 10 rows, got {} and {}", kName, candidates.size(),
        labels.size());
  std::vector<int> order = numbers(labels.size());
  Random(Key(0)).shuffle(order);            // rows may be sorted by label
  std::vector<int> rows[2], row_labels[2];  // [0] kept, [1] held out
  for (size_t i = 0; i < order.size(); ++i) {
    const bool held_out = i < order.size() / 10;
    rows[held_out].push_back(order[i]);
    row_labels[held_out].push_back(labels[size_t(order[i])]);
  }
  const Tensor held_out = index_select(dense, 0, rows[1]);
  double best = -1, chosen = candidates[0];
  for (const double candidate : candidates) {
    trial.l2 = candidate;
    const double accuracy = fit(dense, rows[0], row_labels[0], trial).accuracy(held_out, row_labels[1]);
    if (accuracy <= best) break;
    best = accuracy, chosen = candidate;
  }
  trial.l2 = chosen;
  return fit(dense, numbers(labels.size()), labels, trial);
}

Tensor LinearProbe::logits(const Tensor& features) const {
  check(weight.defined(), "{}: not fitted; use fit_linear_probe", kName);
  const NoGrad no_grad;
  const Tensor dense = checked_features(kName, "features", features).to(weight.dtype());
  check(dense.size(1) == weight.size(1), "{}: fitted to {} features, got {}", kName, weight.size(1), dense.size(1));
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < dense.size(0); begin += 8192) {
    const Tensor rows = slice(dense, 0, begin, std::min(begin + 8192, dense.size(0)));
    parts.push_back(linear((rows - mean) * scale, weight, bias));
  }
  return concatenate(parts);
}

Ranking LinearProbe::rank(const Tensor& features, int top) const {
  const Tensor z = checked_features(kName, "logits", logits(features).to(DType::f64));
  Ranking ranking(z.size(0), top);
  parallel_for(z.size(0), 256, [&](int64_t begin, int64_t end) {
    std::vector<Score> scores(classes.size());
    for (int64_t i = begin; i < end; ++i) {
      for (size_t c = 0; c < classes.size(); ++c)
        scores[c] = {classes[c], z.data<double>()[i * z.size(1) + int64_t(c)]};
      ranking.set(i, scores);
    }
  });
  return ranking;
}

double LinearProbe::accuracy(const Tensor& features, std::span<const int> labels, int top) const {
  check(features.dim() > 0 && int64_t(labels.size()) == features.size(0), "{}: {} labels for {} rows of features",
        kName, labels.size(), features.size(0));
  return rank(features, top).accuracy(labels, top);
}

}  // namespace nce::nn
