#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/batch_norm.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

using kernels::Activation;

enum class After { nothing, relu, add_relu, relu_max_pool };
constexpr const char* kNames[] = {"batch_norm", "batch_norm_relu", "batch_norm_add_relu",
                                  "batch_norm_relu_max_pool2d"};

// How the work is cut: into pieces of rows, or into whole images if there is pooling.
struct Extent {
  int64_t rows, channels;         // x as (rows, channels)
  int64_t images, height, width;  // set only if there is pooling
  int64_t image() const { return height * width * channels; }
  int64_t pooled_image() const { return height / 2 * (width / 2) * channels; }
  int64_t row_grain() const { return std::max<int64_t>(32, (1 << 15) / std::max<int64_t>(channels, 1)); }
  int64_t image_grain() const { return std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(image(), 1)); }
};

// Two sums for each channel over [0, n). They are made in fixed pieces, which are added in order. add(begin, end,
// first, second) makes those of a piece.
template <class Add>
std::pair<std::vector<double>, std::vector<double>> channel_sums(int64_t n, int64_t grain, int64_t channels,
                                                                 Add add) {
  const int64_t parts = (n + grain - 1) / grain;
  std::vector<double> sums(size_t(parts * 2 * channels), 0.0);
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    double* first = sums.data() + begin / grain * 2 * channels;
    add(begin, end, first, first + channels);
  });
  std::vector<double> a(size_t(channels), 0.0), b(size_t(channels), 0.0);
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t c = 0; c < channels; ++c) {
      a[size_t(c)] += sums[size_t(part * 2 * channels + c)];
      b[size_t(c)] += sums[size_t((part * 2 + 1) * channels + c)];
    }
  return {a, b};
}

std::vector<double> values_or(const Tensor& x, int64_t count, double otherwise) {
  return x.defined() ? x.to_vector<double>() : std::vector<double>(size_t(count), otherwise);
}

template <class T>
std::vector<T> narrowed(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

Extent extent_of(const char* op, const Tensor& x, After after) {
  check(x.dim() >= 2, "{}: x must be (N, ..., C), got {}", op, x.shape());
  const int64_t channels = x.size(-1);
  Extent e{.rows = x.numel() / std::max<int64_t>(channels, 1),
           .channels = channels,
           .images = 0,
           .height = 0,
           .width = 0};
  if (after == After::relu_max_pool) {
    check(x.dim() == 4 && x.size(1) >= 2 && x.size(2) >= 2,
          "{}: x must be (N, H, W, C), H and W at least 2, got {}", op, x.shape());
    e.images = x.size(0), e.height = x.size(1), e.width = x.size(2);
  }
  return e;
}

// The mean and 1 / sqrt(var + eps) of each channel of the batch. Updates the running statistics.
template <class T>
std::pair<std::vector<double>, std::vector<double>> batch_statistics(const T* x, const Extent& e,
                                                                     Tensor& running_mean, Tensor& running_var,
                                                                     const BatchNormOptions& options) {
  const auto& kernels = kernels::batch_norm<T>();
  // The first row is subtracted from all. Otherwise the variance would lose its digits if the mean is large.
  const auto [first, second] = channel_sums(
      e.rows, e.row_grain(), e.channels, [=, &kernels](int64_t begin, int64_t end, double* s1, double* s2) {
        kernels.moments(x + begin * e.channels, end - begin, e.channels, x, s1, s2);
      });
  std::vector<double> mean(first.size()), inverse(first.size());
  for (size_t c = 0; c < mean.size(); ++c) {
    const double n = double(e.rows), shift = first[c] / n, raw = second[c] / n - shift * shift;
    const double var = raw < 0 ? 0 : raw;  // not std::max, which loses a NaN
    mean[c] = double(x[c]) + shift;
    inverse[c] = 1 / std::sqrt(var + options.eps);
    const auto follow = [&](Tensor& running, double batch) {
      if (!running.defined()) return;
      T& value = running.mutable_data<T>()[c];
      value = T((1 - options.momentum) * double(value) + options.momentum * batch);
    };
    follow(running_mean, mean[c]);
    follow(running_var, var * n / (n - 1));
  }
  return {mean, inverse};
}

// All of these operations. The kernels also do what comes after the normalisation, in the same pass.
Tensor normalised(After after, const Tensor& input, const Tensor& added, const Tensor& weight, const Tensor& bias,
                  Tensor& running_mean, Tensor& running_var, const BatchNormOptions& options) {
  const char* op = kNames[int(after)];
  const Extent e = extent_of(op, input, after);
  const int64_t channels = e.channels;
  for (const Tensor* p :
       {&weight, &bias, static_cast<const Tensor*>(&running_mean), static_cast<const Tensor*>(&running_var)}) {
    if (!p->defined()) continue;
    check(p->shape() == Shape{channels}, "{}: x {} has {} channels, a parameter has shape {}", op, input.shape(),
          channels, p->shape());
    check(p->dtype() == input.dtype(), "{}: x is {}, a parameter is {}", op, to_string(input.dtype()),
          to_string(p->dtype()));
  }
  check(!options.training || e.rows > 1, "{}: training needs more than 1 value a channel, got x {}", op,
        input.shape());
  check(options.training || (running_mean.defined() && running_var.defined()),
        "{}: evaluation needs running statistics", op);
  if (after == After::add_relu)
    check(added.shape() == input.shape() && added.dtype() == input.dtype(),
          "{}: x is {} ({}), what is added {} ({})", op, input.shape(), to_string(input.dtype()), added.shape(),
          to_string(added.dtype()));
  const Tensor x = input.contiguous(), skip = added.defined() ? added.contiguous() : added;
  const bool pools = after == After::relu_max_pool, relu = after != After::nothing;
  Shape shape = x.shape();
  if (pools) shape[1] /= 2, shape[2] /= 2;
  Tensor out = Tensor::empty(shape, x.dtype());

  return dispatch(x.dtype(), [&]<class T>(T) {
    const auto& kernels = kernels::batch_norm<T>();
    const T* from = x.data<T>();
    std::vector<double> mean, inverse;  // inverse: 1 / sqrt(var + eps)
    if (options.training) {
      std::tie(mean, inverse) = batch_statistics(from, e, running_mean, running_var, options);
    } else {
      mean = running_mean.to_vector<double>(), inverse = running_var.to_vector<double>();
      for (double& v : inverse) v = 1 / std::sqrt(v + options.eps);
    }
    std::vector<double> scale = values_or(weight, channels, 1), shift = values_or(bias, channels, 0);
    for (size_t c = 0; c < mean.size(); ++c) scale[c] *= inverse[c], shift[c] -= mean[c] * scale[c];
    const std::vector<T> scale_t = narrowed<T>(scale), shift_t = narrowed<T>(shift);
    T* to = out.mutable_data<T>();
    const Activation<T> activation{channels, scale_t.data(), shift_t.data(), relu,
                                   beyond_caches(out.numel() * int64_t(sizeof(T)))};
    if (pools)
      parallel_for(e.images, e.image_grain(), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          kernels.activate_pooled(activation, from + i * e.image(), e.height, e.width, to + i * e.pooled_image());
      });
    else
      parallel_for(e.rows, e.row_grain(), [&](int64_t begin, int64_t end) {
        const int64_t at = begin * channels;
        kernels.activate(activation, from + at, skip.defined() ? skip.data<T>() + at : nullptr, end - begin,
                         to + at);
      });

    // n = rows, x^ = (x - mean) / std, g = the gradient after pooling and ReLU. db = sum g and dw = sum g x^. Training:
    // dx = w / std (g - db / n - x^ dw / n), because mean and std depend on x. Evaluation: dx = w / std g. If a tensor
    // was added, only `out` shows which elements ReLU let pass.
    return record_joint(
        op, out, {x, weight, bias, skip},
        [=, seen = after == After::add_relu ? out : Tensor(), training = options.training](
            const Tensor& grad, const std::array<bool, 4>& needed) {
          const auto& kernels = kernels::batch_norm<T>();
          const Tensor dense = grad.contiguous();
          const T *g = dense.template data<T>(), *from = x.template data<T>();
          const T* y = seen.defined() ? seen.template data<T>() : nullptr;
          const Activation<T> activation{channels, scale_t.data(), shift_t.data(), relu,
                                         beyond_caches(x.numel() * int64_t(sizeof(T)))};
          const std::vector<T> mean_t = narrowed<T>(mean);
          const auto [db, raw] =
              pools ? channel_sums(e.images, e.image_grain(), channels,
                                   [&](int64_t begin, int64_t end, double* s1, double* s2) {
                                     for (int64_t i = begin; i < end; ++i)
                                       kernels.gradient_sums_pooled(activation, from + i * e.image(),
                                                                    g + i * e.pooled_image(), e.height, e.width,
                                                                    mean_t.data(), s1, s2);
                                   })
                    : channel_sums(e.rows, e.row_grain(), channels,
                                   [&](int64_t begin, int64_t end, double* s1, double* s2) {
                                     const int64_t at = begin * channels;
                                     kernels.gradient_sums(activation, from + at, y ? y + at : nullptr, g + at,
                                                           end - begin, mean_t.data(), s1, s2);
                                   });
          std::vector<double> dw(raw);
          for (size_t c = 0; c < dw.size(); ++c)  // corrects an error: the mean was rounded to T
            dw[c] = (raw[c] + (double(mean_t[c]) - mean[c]) * db[c]) * inverse[c];

          std::array<Tensor, 4> grads;
          if (needed[0] || needed[3]) {
            std::vector<T> a, b, d;  // dx = a g + b x + d
            for (size_t c = 0; c < dw.size(); ++c) {
              const double slope = training ? -scale[c] * inverse[c] * dw[c] / double(e.rows) : 0;
              const double level = training ? -scale[c] * db[c] / double(e.rows) : 0;
              a.push_back(T(scale[c])), b.push_back(T(slope)), d.push_back(T(level - slope * mean[c]));
            }
            const kernels::Slopes<T> slopes{a.data(), b.data(), d.data()};
            if (needed[0]) grads[0] = Tensor::empty(x.shape(), x.dtype());
            if (needed[3]) grads[3] = Tensor::empty(x.shape(), x.dtype());
            T* dx = needed[0] ? grads[0].template mutable_data<T>() : nullptr;
            T* dskip = needed[3] ? grads[3].template mutable_data<T>() : nullptr;
            if (pools)
              parallel_for(e.images, e.image_grain(), [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                  kernels.input_gradient_pooled(activation, slopes, from + i * e.image(), g + i * e.pooled_image(),
                                                e.height, e.width, dx + i * e.image());
              });
            else
              parallel_for(e.rows, e.row_grain(), [&](int64_t begin, int64_t end) {
                const int64_t at = begin * channels;
                kernels.input_gradient(activation, slopes, from + at, y ? y + at : nullptr, g + at, end - begin,
                                       dx ? dx + at : nullptr, dskip ? dskip + at : nullptr);
              });
          }
          if (needed[1]) grads[1] = Tensor::from(dw, {channels}).to(x.dtype());
          if (needed[2]) grads[2] = Tensor::from(db, {channels}).to(x.dtype());
          return grads;
        });
  });
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                  Tensor& running_var, const BatchNormOptions& options) {
  return normalised(After::nothing, x, {}, weight, bias, running_mean, running_var, options);
}
Tensor batch_norm_relu(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                       Tensor& running_var, const BatchNormOptions& options) {
  return normalised(After::relu, x, {}, weight, bias, running_mean, running_var, options);
}
Tensor batch_norm_add_relu(const Tensor& x, const Tensor& added, const Tensor& weight, const Tensor& bias,
                           Tensor& running_mean, Tensor& running_var, const BatchNormOptions& options) {
  return normalised(After::add_relu, x, added, weight, bias, running_mean, running_var, options);
}
Tensor batch_norm_relu_max_pool2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& running_mean,
                                  Tensor& running_var, const BatchNormOptions& options) {
  return normalised(After::relu_max_pool, x, {}, weight, bias, running_mean, running_var, options);
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

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias, double eps) {
  check(x.dim() >= 2, "group_norm: x must be (N, ..., C), got {}", x.shape());
  const int64_t channels = x.size(-1);
  check(groups >= 1 && channels % groups == 0, "group_norm: {} groups do not divide the {} channels of x {}",
        groups, channels, x.shape());
  for (const Tensor* p : {&weight, &bias})
    check(!p->defined() || p->shape() == Shape{channels},
          "group_norm: weight and bias must have shape ({},), the last dimension of x {}", channels, x.shape());
  int64_t places = 1;
  for (int d = 1; d + 1 < x.dim(); ++d) places *= x.size(d);
  const Tensor parts = reshape(x, {x.size(0), places, groups, channels / groups});
  const Tensor centred = parts - mean(parts, {1, 3}, true);
  Tensor out = reshape(centred * rsqrt(mean(square(centred), {1, 3}, true) + eps), x.shape());
  if (weight.defined()) out = out * weight;
  return bias.defined() ? out + bias : out;
}

}  // namespace nce
