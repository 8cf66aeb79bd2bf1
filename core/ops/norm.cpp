#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

// Two sums over the rows of a dense (rows, channels) matrix at once, in double, over fixed pieces added in order:
// add(row pointer offset, first, second) adds one row to both.
template <class Add>
std::pair<std::vector<double>, std::vector<double>> column_sums(int64_t rows, int64_t channels, Add add) {
  const int64_t grain = std::max<int64_t>(32, (1 << 15) / std::max<int64_t>(channels, 1));
  const int64_t parts = (rows + grain - 1) / grain;
  std::vector<double> sums(size_t(parts * 2 * channels), 0.0);
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    double* first = sums.data() + begin / grain * 2 * channels;
    for (int64_t i = begin; i < end; ++i) add(i, first, first + channels);
  });
  std::vector<double> a(size_t(channels), 0.0), b(size_t(channels), 0.0);
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t c = 0; c < channels; ++c) {
      a[size_t(c)] += sums[size_t(part * 2 * channels + c)];
      b[size_t(c)] += sums[size_t((part * 2 + 1) * channels + c)];
    }
  return {a, b};
}

template <class T>
std::vector<double> values_or(const Tensor& x, int64_t count, double otherwise) {
  return x.defined() ? x.to_vector<double>() : std::vector<double>(size_t(count), otherwise);
}

// out[i][c] = scale[c] x[i][c] + shift[c]
template <class T>
void scale_columns(const T* x, int64_t rows, const std::vector<double>& scale, const std::vector<double>& shift,
                   T* out) {
  const std::vector<T> a(scale.begin(), scale.end()), b(shift.begin(), shift.end());
  const int64_t channels = int64_t(a.size());
  parallel_for(rows, std::max<int64_t>(1, (1 << 14) / channels), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t c = 0; c < channels; ++c)
        out[i * channels + c] = a[size_t(c)] * x[i * channels + c] + b[size_t(c)];
  });
}

}  // namespace

Tensor batch_norm(const Tensor& input, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                  Tensor& running_var, const BatchNormOptions& options) {
  check(input.dim() >= 2, "batch_norm: x must be (N, ..., C), got {}", input.shape());
  const int64_t channels = input.size(-1), rows = input.numel() / std::max<int64_t>(channels, 1);
  for (const Tensor* p :
       {&weight, &bias, static_cast<const Tensor*>(&running_mean), static_cast<const Tensor*>(&running_var)}) {
    if (!p->defined()) continue;
    check(p->shape() == Shape{channels}, "batch_norm: x {} has {} channels, a parameter has shape {}",
          input.shape(), channels, p->shape());
    check(p->dtype() == input.dtype(), "batch_norm: x is {}, a parameter is {}", to_string(input.dtype()),
          to_string(p->dtype()));
  }
  check(!options.training || rows > 1, "batch_norm: training needs more than 1 value a channel, got x {}",
        input.shape());
  check(options.training || (running_mean.defined() && running_var.defined()),
        "batch_norm: evaluation needs running statistics");
  const Tensor x = input.contiguous();

  return dispatch(x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>();
    std::vector<double> mean, inverse(static_cast<size_t>(channels));  // inverse: 1 / sqrt(var + eps)
    if (options.training) {
      // Shifted by the first row, so that a large mean does not cancel the variance.
      const auto [first, second] = column_sums(rows, channels, [=](int64_t i, double* s1, double* s2) {
        for (int64_t c = 0; c < channels; ++c) {
          const double d = double(from[i * channels + c]) - double(from[c]);
          s1[c] += d, s2[c] += d * d;
        }
      });
      mean.resize(size_t(channels));
      for (size_t c = 0; c < mean.size(); ++c) {
        const double shift = first[c] / double(rows), var = std::max(0.0, second[c] / double(rows) - shift * shift);
        mean[c] = double(from[c]) + shift;
        inverse[c] = 1 / std::sqrt(var + options.eps);
        const auto follow = [&](Tensor& running, double batch) {
          if (running.defined()) {
            T& value = running.mutable_data<T>()[c];
            value = T((1 - options.momentum) * double(value) + options.momentum * batch);
          }
        };
        follow(running_mean, mean[c]);
        follow(running_var, var * double(rows) / double(rows - 1));
      }
    } else {
      mean = running_mean.to_vector<double>();
      const auto var = running_var.to_vector<double>();
      for (size_t c = 0; c < mean.size(); ++c) inverse[c] = 1 / std::sqrt(var[c] + options.eps);
    }
    const auto gamma = values_or<T>(weight, channels, 1), beta = values_or<T>(bias, channels, 0);
    std::vector<double> scale(mean.size()), shift(mean.size());
    for (size_t c = 0; c < mean.size(); ++c) {
      scale[c] = gamma[c] * inverse[c];
      shift[c] = beta[c] - mean[c] * scale[c];
    }
    Tensor out = Tensor::empty(x.shape(), x.dtype());
    scale_columns(from, rows, scale, shift, out.mutable_data<T>());

    // With n = rows and x^ = (x - mean) / std: db = sum g, dw = sum g x^, and in training
    // dx = w / std (g - db / n - x^ dw / n), because mean and std depend on x; otherwise dx = w / std g.
    return record_joint(
        "batch_norm", out, {x, weight, bias},
        [=, training = options.training](const Tensor& grad, const std::array<bool, 3>& needed) {
          const Tensor dense = grad.contiguous();
          const T *g = dense.template data<T>(), *from = x.template data<T>();
          const auto [db, raw] = column_sums(rows, channels, [&](int64_t i, double* s1, double* s2) {
            for (int64_t c = 0; c < channels; ++c) {
              const double v = double(g[i * channels + c]);
              s1[c] += v, s2[c] += v * (double(from[i * channels + c]) - mean[size_t(c)]);
            }
          });
          std::vector<double> dw(raw);
          for (size_t c = 0; c < dw.size(); ++c) dw[c] *= inverse[c];
          std::array<Tensor, 3> grads;
          if (needed[0]) {
            grads[0] = Tensor::empty(x.shape(), x.dtype());
            T* to = grads[0].template mutable_data<T>();
            std::vector<T> a, b, d;  // dx = a g + b x + d
            for (size_t c = 0; c < dw.size(); ++c) {
              const double slope = training ? -scale[c] * inverse[c] * dw[c] / double(rows) : 0;
              const double level = training ? -scale[c] * db[c] / double(rows) : 0;
              a.push_back(T(scale[c])), b.push_back(T(slope)), d.push_back(T(level - slope * mean[c]));
            }
            parallel_for(rows, std::max<int64_t>(1, (1 << 14) / channels), [&](int64_t begin, int64_t end) {
              for (int64_t i = begin; i < end; ++i)
                for (int64_t c = 0; c < channels; ++c) {
                  const int64_t at = i * channels + c;
                  to[at] = a[size_t(c)] * g[at] + (b[size_t(c)] * from[at] + d[size_t(c)]);
                }
            });
          }
          if (needed[1]) grads[1] = Tensor::from(dw, {channels}).to(x.dtype());
          if (needed[2]) grads[2] = Tensor::from(db, {channels}).to(x.dtype());
          return grads;
        });
  });
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  check(x.dim() >= 1 && (!weight.defined() || weight.shape() == Shape{x.size(-1)}) &&
            (!bias.defined() || bias.shape() == Shape{x.size(-1)}),
        "layer_norm: weight and bias must have shape ({},), the last dimension of x {}", x.size(-1), x.shape());
  const Tensor centred = x - mean(x, -1, true);
  Tensor out = centred * rsqrt(mean(square(centred), -1, true) + eps);
  if (weight.defined()) out = out * weight;
  return bias.defined() ? out + bias : out;
}

}  // namespace nce
