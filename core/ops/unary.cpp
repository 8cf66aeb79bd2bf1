// Functions of one number, applied to each element. In each row the derivative stands beside the function.
#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops.h"
#include "nce/core/ops/compute.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr int64_t kGrain = 1 << 14;

// values(x, n, y) and gradients(x, y, grad, n, dx) work on n elements at a time. Each direction goes over memory once.
template <class Values, class Gradients>
Tensor in_runs(const char* name, const Tensor& input, Values values, Gradients gradients) {
  const Tensor x = input.contiguous();
  const Tensor out = detail::compute(Tensor::empty(x.shape(), x.dtype()), {x}, [&](auto* y, auto* from) {
    parallel_for(x.numel(), kGrain, [&](int64_t i, int64_t end) { values(from + i, end - i, y + i); });
  });
  return record(name, out, {x}, [=](const Tensor& grad) {
    return detail::compute(
        Tensor::empty(x.shape(), x.dtype()), {x, out, grad}, [&](auto* dx, auto* from, auto* y, auto* g) {
          parallel_for(x.numel(), kGrain,
                       [&](int64_t i, int64_t end) { gradients(from + i, y + i, g + i, end - i, dx + i); });
        });
  });
}

// dx = grad derivative(x, y), for in_runs.
template <class Derivative>
auto times(Derivative derivative) {
  return [derivative](auto* x, auto* y, auto* grad, int64_t n, auto* dx) {
    for (int64_t i = 0; i < n; ++i) dx[i] = grad[i] * derivative(x[i], y[i]);
  };
}

// y = value(x), with dy/dx = derivative(x, y).
template <class Value, class Derivative>
Tensor elementwise(const char* name, const Tensor& x, Value value, Derivative derivative) {
  const auto values = [value](auto* x, int64_t n, auto* y) {
    for (int64_t i = 0; i < n; ++i) y[i] = value(x[i]);
  };
  return in_runs(name, x, values, times(derivative));
}

// The argument of exp is at most 0, so it never overflows.
template <class T>
T logistic(T x) {
  const T e = std::exp(-std::abs(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}

}  // namespace

Tensor affine(const Tensor& x, double scale, double shift) {
  return elementwise(
      "affine", x, [=]<class T>(T x) { return T(scale) * x + T(shift); }, [=]<class T>(T, T) { return T(scale); });
}
Tensor neg(const Tensor& x) {
  return elementwise(
      "neg", x, [](auto x) { return 0 - x; }, [](auto, auto) { return -1; });
}
Tensor exp(const Tensor& x) {
  const auto derivative = times([](auto, auto y) { return y; });
  return in_runs(
      "exp", x, []<class T>(const T* x, int64_t n, T* y) { kernels::elementwise<T>().exp(x, n, y); }, derivative);
}
Tensor log(const Tensor& x) {
  return elementwise(
      "log", x, [](auto x) { return std::log(x); }, [](auto x, auto) { return 1 / x; });
}
Tensor log1p(const Tensor& x) {
  return elementwise(
      "log1p", x, [](auto x) { return std::log1p(x); }, [](auto x, auto) { return 1 / (1 + x); });
}
Tensor sqrt(const Tensor& x) {
  return elementwise(
      "sqrt", x, [](auto x) { return std::sqrt(x); }, []<class T>(T, T y) { return T(0.5) / y; });
}
Tensor rsqrt(const Tensor& x) {
  return elementwise(
      "rsqrt", x, [](auto x) { return 1 / std::sqrt(x); }, []<class T>(T x, T y) { return T(-0.5) * y / x; });
}
Tensor square(const Tensor& x) {
  return elementwise(
      "square", x, [](auto x) { return x * x; }, [](auto x, auto) { return 2 * x; });
}
Tensor abs(const Tensor& x) {
  return elementwise(
      "abs", x, [](auto x) { return std::abs(x); }, []<class T>(T x, T) { return T((x > 0) - (x < 0)); });
}
Tensor relu(const Tensor& x) {
  return in_runs(
      "relu", x, []<class T>(const T* x, int64_t n, T* y) { kernels::elementwise<T>().relu(x, n, y); },
      []<class T>(const T*, const T* y, const T* grad, int64_t n, T* dx) {
        kernels::elementwise<T>().relu_gradient(y, grad, n, dx);
      });
}
Tensor gelu(const Tensor& x) {
  return in_runs(
      "gelu", x, []<class T>(const T* x, int64_t n, T* y) { kernels::elementwise<T>().gelu(x, n, y); },
      []<class T>(const T* x, const T*, const T* grad, int64_t n, T* dx) {
        kernels::elementwise<T>().gelu_gradient(x, grad, n, dx);
      });
}
Tensor sigmoid(const Tensor& x) {
  return elementwise(
      "sigmoid", x, [](auto x) { return logistic(x); }, [](auto, auto y) { return y * (1 - y); });
}
Tensor tanh(const Tensor& x) {
  return elementwise(
      "tanh", x, [](auto x) { return std::tanh(x); }, [](auto, auto y) { return 1 - y * y; });
}
Tensor softplus(const Tensor& x) {
  return elementwise(
      "softplus", x, []<class T>(T x) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); },
      [](auto x, auto) { return logistic(x); });
}
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return elementwise(
      "leaky_relu", x, [=]<class T>(T x) { return x > 0 ? x : T(negative_slope) * x; },
      [=]<class T>(T x, T) { return x > 0 ? T(1) : T(negative_slope); });
}
Tensor elu(const Tensor& x, double alpha) {
  return elementwise(
      "elu", x, [=]<class T>(T x) { return x > 0 ? x : T(alpha) * std::expm1(x); },
      [=]<class T>(T x, T) { return x > 0 ? T(1) : T(alpha) * std::exp(x); });
}
Tensor silu(const Tensor& x) {
  return in_runs(
      "silu", x,
      []<class T>(const T* x, int64_t n, T* y) {
        kernels::elementwise<T>().sigmoid(x, n, y);
        for (int64_t i = 0; i < n; ++i) y[i] *= x[i];
      },
      []<class T>(const T* x, const T*, const T* grad, int64_t n, T* dx) {
        kernels::elementwise<T>().sigmoid(x, n, dx);
        for (int64_t i = 0; i < n; ++i) dx[i] = grad[i] * dx[i] * (1 + x[i] * (1 - dx[i]));
      });
}
Tensor sin(const Tensor& x) {
  return elementwise(
      "sin", x, [](auto x) { return std::sin(x); }, [](auto x, auto) { return std::cos(x); });
}
Tensor cos(const Tensor& x) {
  return elementwise(
      "cos", x, [](auto x) { return std::cos(x); }, [](auto x, auto) { return -std::sin(x); });
}
Tensor clamp(const Tensor& x, double low, double high) {
  check(low <= high, "clamp: low {} is above high {}", low, high);
  return elementwise(
      "clamp", x, [=]<class T>(T x) { return std::min(std::max(x, T(low)), T(high)); },
      [=]<class T>(T x, T) { return T(x >= T(low) && x <= T(high)); });
}

}  // namespace nce
