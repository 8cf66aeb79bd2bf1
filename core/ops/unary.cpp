#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr int64_t kGrain = 1 << 14;

// An elementwise operation is its value(x) and its derivative(x, y), y = value(x). One pass each way. Where the
// compiler's vectors do not do, it has values(x, n, y) and gradients(y, grad, n, dx) over runs of elements besides.
template <class F, class T>
void values_of(const F& f, const T* x, int64_t n, T* y) {
  if constexpr (requires { f.values(x, n, y); })
    f.values(x, n, y);
  else
    for (int64_t i = 0; i < n; ++i) y[i] = f.value(x[i]);
}
template <class F, class T>
void gradients_of(const F& f, const T* x, const T* y, const T* grad, int64_t n, T* dx) {
  if constexpr (requires { f.gradients(y, grad, n, dx); })
    f.gradients(y, grad, n, dx);
  else
    for (int64_t i = 0; i < n; ++i) dx[i] = grad[i] * f.derivative(x[i], y[i]);
}

template <class F>
Tensor elementwise(const char* name, const Tensor& input, F f) {
  const Tensor x = input.contiguous();
  Tensor out = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>();
    T* to = out.mutable_data<T>();
    parallel_for(x.numel(), kGrain,
                 [&](int64_t begin, int64_t end) { values_of(f, from + begin, end - begin, to + begin); });
  });
  return record(name, out, {x}, [x, out, f](const Tensor& grad) {
    const Tensor dense = grad.contiguous();
    Tensor result = Tensor::empty(x.shape(), x.dtype());
    dispatch(x.dtype(), [&]<class T>(T) {
      const T *from = x.data<T>(), *value = out.data<T>(), *g = dense.data<T>();
      T* to = result.mutable_data<T>();
      parallel_for(x.numel(), kGrain, [&](int64_t begin, int64_t end) {
        gradients_of(f, from + begin, value + begin, g + begin, end - begin, to + begin);
      });
    });
    return result;
  });
}

struct Affine {
  double scale, shift;
  template <class T>
  T value(T x) const {
    return T(scale) * x + T(shift);
  }
  template <class T>
  T derivative(T, T) const {
    return T(scale);
  }
};
struct Exp {
  template <class T>
  void values(const T* x, int64_t n, T* y) const {
    kernels::exp(x, n, y);
  }
  template <class T>
  T derivative(T, T y) const {
    return y;
  }
};
struct Log {
  template <class T>
  T value(T x) const {
    return std::log(x);
  }
  template <class T>
  T derivative(T x, T) const {
    return 1 / x;
  }
};
struct Log1p {
  template <class T>
  T value(T x) const {
    return std::log1p(x);
  }
  template <class T>
  T derivative(T x, T) const {
    return 1 / (1 + x);
  }
};
struct Sqrt {
  template <class T>
  T value(T x) const {
    return std::sqrt(x);
  }
  template <class T>
  T derivative(T, T y) const {
    return T(0.5) / y;
  }
};
struct Rsqrt {
  template <class T>
  T value(T x) const {
    return 1 / std::sqrt(x);
  }
  template <class T>
  T derivative(T x, T y) const {
    return T(-0.5) * y / x;
  }
};
struct Square {
  template <class T>
  T value(T x) const {
    return x * x;
  }
  template <class T>
  T derivative(T x, T) const {
    return 2 * x;
  }
};
struct Abs {
  template <class T>
  T value(T x) const {
    return std::abs(x);
  }
  template <class T>
  T derivative(T x, T) const {
    return T((x > 0) - (x < 0));
  }
};
struct Relu {
  template <class T>
  void values(const T* x, int64_t n, T* y) const {
    kernels::relu(x, n, y);
  }
  template <class T>
  void gradients(const T* y, const T* grad, int64_t n, T* dx) const {
    kernels::relu_gradient(y, grad, n, dx);
  }
};
struct Gelu {
  template <class T>
  static T cdf(T x) {
    return T(0.5) * std::erfc(-x * T(std::numbers::sqrt2 / 2));
  }
  template <class T>
  T value(T x) const {
    return x * cdf(x);
  }
  template <class T>
  T derivative(T x, T) const {
    const T density = std::exp(T(-0.5) * x * x) * T(std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2);
    return cdf(x) + x * density;
  }
};
struct Sigmoid {
  template <class T>
  T value(T x) const {
    const T e = std::exp(-std::abs(x));  // at most 1: never overflows
    return (x >= 0 ? T(1) : e) / (1 + e);
  }
  template <class T>
  T derivative(T, T y) const {
    return y * (1 - y);
  }
};
struct Tanh {
  template <class T>
  T value(T x) const {
    return std::tanh(x);
  }
  template <class T>
  T derivative(T, T y) const {
    return 1 - y * y;
  }
};
struct Softplus {
  template <class T>
  T value(T x) const {
    return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
  }
  template <class T>
  T derivative(T x, T) const {
    return Sigmoid{}.value(x);
  }
};
struct Clamp {
  double low, high;
  template <class T>
  T value(T x) const {
    return std::min(std::max(x, T(low)), T(high));
  }
  template <class T>
  T derivative(T x, T) const {
    return x >= T(low) && x <= T(high) ? T(1) : T(0);
  }
};

}  // namespace

Tensor affine(const Tensor& x, double scale, double shift) {
  return elementwise("affine", x, Affine{scale, shift});
}
Tensor neg(const Tensor& x) { return elementwise("neg", x, Affine{-1, 0}); }
Tensor exp(const Tensor& x) { return elementwise("exp", x, Exp{}); }
Tensor log(const Tensor& x) { return elementwise("log", x, Log{}); }
Tensor log1p(const Tensor& x) { return elementwise("log1p", x, Log1p{}); }
Tensor sqrt(const Tensor& x) { return elementwise("sqrt", x, Sqrt{}); }
Tensor rsqrt(const Tensor& x) { return elementwise("rsqrt", x, Rsqrt{}); }
Tensor square(const Tensor& x) { return elementwise("square", x, Square{}); }
Tensor abs(const Tensor& x) { return elementwise("abs", x, Abs{}); }
Tensor relu(const Tensor& x) { return elementwise("relu", x, Relu{}); }
Tensor gelu(const Tensor& x) { return elementwise("gelu", x, Gelu{}); }
Tensor sigmoid(const Tensor& x) { return elementwise("sigmoid", x, Sigmoid{}); }
Tensor tanh(const Tensor& x) { return elementwise("tanh", x, Tanh{}); }
Tensor softplus(const Tensor& x) { return elementwise("softplus", x, Softplus{}); }
Tensor clamp(const Tensor& x, double low, double high) {
  check(low <= high, "clamp: low {} is above high {}", low, high);
  return elementwise("clamp", x, Clamp{low, high});
}

}  // namespace nce
