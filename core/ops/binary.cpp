#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/strided.h"
#include "nce/core/ops.h"

namespace nce {
namespace {

constexpr int64_t kGrain = 1 << 14;

// f(a, b) for each element. The two tensors have one shape, and any strides.
template <class F>
Tensor zip(const Tensor& a, const Tensor& b, F f) {
  Tensor out = Tensor::empty(a.shape(), a.dtype());
  dispatch(a.dtype(), [&]<class T>(T) {
    const T *x = a.data<T>(), *y = b.data<T>();
    T* z = out.mutable_data<T>();
    kernels::for_each_row<2>(a.shape(), {a.strides(), b.strides()}, kGrain,
                             [&](auto at, int64_t begin, int64_t n, auto step) {
                               const T *p = x + at[0], *q = y + at[1];
                               T* to = z + begin;
                               if (step[0] == 1 && step[1] == 1)
                                 for (int64_t i = 0; i < n; ++i) to[i] = f(p[i], q[i]);
                               else if (step[0] == 1 && step[1] == 0)
                                 for (int64_t i = 0; i < n; ++i) to[i] = f(p[i], *q);
                               else
                                 for (int64_t i = 0; i < n; ++i) to[i] = f(p[i * step[0]], q[i * step[1]]);
                             });
  });
  return out;
}

struct Operands {
  Tensor a, b;
};

// Every two-operand operation starts here. The results have one dtype and one shape.
Operands broadcast(const char* op, const Tensor& a, const Tensor& b) {
  check(a.dtype() == b.dtype(), "{}: dtypes differ: {} and {}", op, to_string(a.dtype()), to_string(b.dtype()));
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  return {broadcast_to(a, shape), broadcast_to(b, shape)};
}

template <class F>
Tensor compare(const char* op, const Tensor& x, const Tensor& y, F holds) {
  const auto [a, b] = broadcast(op, x, y);
  return record(op, zip(a, b, [holds]<class T>(T p, T q) { return holds(p, q) ? T(1) : T(0); }), {a, b},
                no_gradient, no_gradient);
}

// maximum and minimum. The derivative by an operand is 1 if it wins, 0 if not, and 1/2 if both are equal.
template <class F>
Tensor choose(const char* op, const Tensor& x, const Tensor& y, F wins) {
  const auto [a, b] = broadcast(op, x, y);
  const auto share = [wins]<class T>(T p, T q) { return p == q ? T(0.5) : wins(p, q) ? T(1) : T(0); };
  return record(
      op, zip(a, b, [wins]<class T>(T p, T q) { return wins(p, q) || std::isnan(p) ? p : q; }), {a, b},
      [=, a = a, b = b](const Tensor& grad) { return grad * zip(a, b, share); },
      [=, a = a, b = b](const Tensor& grad) { return grad * zip(b, a, share); });
}

}  // namespace

Tensor add(const Tensor& x, const Tensor& y) {
  const auto [a, b] = broadcast("add", x, y);
  return record(
      "add", zip(a, b, []<class T>(T p, T q) { return p + q; }), {a, b}, [](const Tensor& grad) { return grad; },
      [](const Tensor& grad) { return grad; });
}

Tensor sub(const Tensor& x, const Tensor& y) {
  const auto [a, b] = broadcast("sub", x, y);
  return record(
      "sub", zip(a, b, []<class T>(T p, T q) { return p - q; }), {a, b}, [](const Tensor& grad) { return grad; },
      [](const Tensor& grad) { return -grad; });
}

Tensor mul(const Tensor& x, const Tensor& y) {
  const auto [a, b] = broadcast("mul", x, y);
  return record(
      "mul", zip(a, b, []<class T>(T p, T q) { return p * q; }), {a, b},
      [b = b](const Tensor& grad) { return grad * b; }, [a = a](const Tensor& grad) { return grad * a; });
}

Tensor div(const Tensor& x, const Tensor& y) {
  const auto [a, b] = broadcast("div", x, y);
  const Tensor out = zip(a, b, []<class T>(T p, T q) { return p / q; });
  return record(
      "div", out, {a, b}, [b = b](const Tensor& grad) { return grad / b; },
      [out, b = b](const Tensor& grad) { return -(grad * out / b); });
}

Tensor operator/(double a, const Tensor& b) { return div(Tensor::scalar(a, b.dtype()), b); }

Tensor& detail::assign(const char* op, Tensor& a, const Tensor& result) {
  check(result.shape() == a.shape(), "{}: the result has shape {}, the tensor that should hold it {}", op,
        result.shape(), a.shape());
  if (!a.is_leaf() || !a.requires_grad()) {
    a = result;
    return a;
  }
  check(
      !NoGrad::recording(),
      "{}: a parameter (a leaf that requires grad) would lose its gradient; name the result (b = a + ...), or change "
      "the parameter under NoGrad",
      op);
  dispatch(a.dtype(), [&]<class T>(T) {
    const T* from = result.data<T>();
    T* to = a.mutable_data<T>();
    kernels::for_each_row<2>(a.shape(), {result.strides(), a.strides()}, kGrain,
                             [&](auto at, int64_t, int64_t n, auto step) {
                               for (int64_t i = 0; i < n; ++i) to[at[1] + i * step[1]] = from[at[0] + i * step[0]];
                             });
  });
  return a;
}

Tensor pow(const Tensor& x, const Tensor& y) {
  const auto [a, b] = broadcast("pow", x, y);
  const Tensor out = zip(a, b, []<class T>(T p, T q) { return std::pow(p, q); });
  return record(
      "pow", out, {a, b},
      [a = a, b = b](const Tensor& grad) {
        return grad * zip(a, b, []<class T>(T p, T q) { return q == T(0) ? T(0) : q * std::pow(p, q - 1); });
      },
      [a = a, b = b](const Tensor& grad) {
        return grad * zip(a, b, []<class T>(T p, T q) {
                 return p == T(0) && q >= T(0) ? T(0) : std::pow(p, q) * std::log(p);
               });
      });
}
Tensor pow(const Tensor& a, double exponent) { return pow(a, Tensor::scalar(exponent, a.dtype())); }

Tensor maximum(const Tensor& a, const Tensor& b) {
  return choose("maximum", a, b, []<class T>(T p, T q) { return p > q; });
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return choose("minimum", a, b, []<class T>(T p, T q) { return p < q; });
}

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", a, b, [](auto p, auto q) { return p == q; });
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", a, b, [](auto p, auto q) { return p != q; });
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", a, b, [](auto p, auto q) { return p < q; });
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare("le", a, b, [](auto p, auto q) { return p <= q; });
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", a, b, [](auto p, auto q) { return p > q; });
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare("ge", a, b, [](auto p, auto q) { return p >= q; });
}

}  // namespace nce
