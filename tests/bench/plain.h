#pragma once
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "nce/core/ops.h"

/// The obvious way to compute what the fast paths compute: loops that add one term after the other, in the precision of
/// their operands. In f64 they are the reference for errors. In f32 they show what the obvious method loses.
namespace nce::plain {

/// a (m, k) times b (k, n).
inline Tensor matmul(const Tensor& a, const Tensor& b) {
  const int64_t m = a.size(0), depth = a.size(1), n = b.size(1);
  return dispatch(a.dtype(), [&]<class T>(T) {
    const auto x = a.to_vector<T>(), y = b.to_vector<T>();
    std::vector<T> out(size_t(m * n));
    for (int64_t i = 0; i < m; ++i)
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t j = 0; j < n; ++j) out[size_t(i * n + j)] += x[size_t(i * depth + k)] * y[size_t(k * n + j)];
    return Tensor::from(out, {m, n});
  });
}

// The (output pixel, input pixel) pairs that a tap of a convolution joins.
inline std::vector<std::pair<int64_t, int64_t>> meetings(const Shape& x, const Shape& w, const Shape& out,
                                                         const Conv2dOptions& o, int64_t tap) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t p = 0; p < out[0] * out[1] * out[2]; ++p) {
    const int64_t y = p / out[2] % out[1] * o.stride.h - o.padding.h + tap / w[2];
    const int64_t z = p % out[2] * o.stride.w - o.padding.w + tap % w[2];
    if (y >= 0 && y < x[1] && z >= 0 && z < x[2])
      pairs.emplace_back(p, (p / (out[1] * out[2]) * x[1] + y) * x[2] + z);
  }
  return pairs;
}

/// {conv2d(x, w), its gradients by x and by w}; `grad` is the gradient by the result. No dilation, no groups.
inline std::vector<Tensor> conv2d(const Tensor& x, const Tensor& w, const Tensor& grad, const Conv2dOptions& o) {
  const int64_t c = x.size(3), out = w.size(0), taps = w.size(1) * w.size(2);
  return dispatch(x.dtype(), [&]<class T>(T) -> std::vector<Tensor> {
    const auto xs = x.to_vector<T>(), gs = grad.to_vector<T>();
    const auto by_input = permute(w, {1, 2, 3, 0}).template to_vector<T>();   // (tap, c, o)
    const auto by_output = permute(w, {1, 2, 0, 3}).template to_vector<T>();  // (tap, o, c)
    std::vector<T> y(gs.size()), dx(xs.size()), dw(by_input.size());
    const auto add = [](T* to, T factor, const T* row, int64_t n) {
      for (int64_t i = 0; i < n; ++i) to[i] += factor * row[i];
    };
    for (int64_t tap = 0; tap < taps; ++tap) {
      const auto pairs = meetings(x.shape(), w.shape(), grad.shape(), o, tap);
      for (const auto& [p, q] : pairs) {
        for (int64_t k = 0; k < c; ++k)
          add(&y[size_t(p * out)], xs[size_t(q * c + k)], &by_input[size_t((tap * c + k) * out)], out);
        for (int64_t k = 0; k < out; ++k)
          add(&dx[size_t(q * c)], gs[size_t(p * out + k)], &by_output[size_t((tap * out + k) * c)], c);
      }
      for (int64_t k = 0; k < c; ++k)
        for (const auto& [p, q] : pairs)
          add(&dw[size_t((tap * c + k) * out)], xs[size_t(q * c + k)], &gs[size_t(p * out)], out);
    }
    return {Tensor::from(y, grad.shape()), Tensor::from(dx, x.shape()),
            permute(Tensor::from(dw, {w.size(1), w.size(2), c, out}), {3, 0, 1, 2})};
  });
}

/// Calls row(elements, n, results) for each row of x (rows, n). Returns (rows, count).
template <class Row>
Tensor by_row(const Tensor& x, int64_t count, Row row) {
  const int64_t rows = x.size(0), n = x.size(1);
  return dispatch(x.dtype(), [&]<class T>(T) {
    const auto from = x.to_vector<T>();
    std::vector<T> out(size_t(rows * count));
    for (int64_t i = 0; i < rows; ++i) row(&from[size_t(i * n)], n, &out[size_t(i * count)]);
    return Tensor::from(out, {rows, count});
  });
}

template <class T>
T sum_of(const T* x, int64_t n) {
  T total = 0;
  for (int64_t i = 0; i < n; ++i) total += x[i];
  return total;
}

inline Tensor sum(const Tensor& x) {
  return by_row(x, 1, []<class T>(const T* row, int64_t n, T* to) { *to = sum_of(row, n); });
}

/// Subtracts the largest first, as usual.
inline Tensor logsumexp(const Tensor& x) {
  return by_row(x, 1, []<class T>(const T* row, int64_t n, T* to) {
    const T largest = *std::max_element(row, row + n);
    T total = 0;
    for (int64_t i = 0; i < n; ++i) total += std::exp(row[i] - largest);
    *to = largest + std::log(total);
  });
}

inline Tensor softmax(const Tensor& x) {
  return by_row(x, x.size(1), []<class T>(const T* row, int64_t n, T* to) {
    const T largest = *std::max_element(row, row + n);
    for (int64_t i = 0; i < n; ++i) to[i] = std::exp(row[i] - largest);
    const T total = sum_of(to, n);
    for (int64_t i = 0; i < n; ++i) to[i] /= total;
  });
}

inline Tensor normalize(const Tensor& x) {
  return by_row(x, x.size(1), []<class T>(const T* row, int64_t n, T* to) {
    for (int64_t i = 0; i < n; ++i) to[i] = row[i] * row[i];
    const T length = std::sqrt(sum_of(to, n));
    for (int64_t i = 0; i < n; ++i) to[i] = row[i] / length;
  });
}

/// The gradient of `normalize` with value y: (g - y (g . y)) / |x|.
inline Tensor normalize_by_x(const Tensor& x, const Tensor& y, const Tensor& grad) {
  const auto dot = [](const Tensor& a, const Tensor& b) { return plain::sum(a * b); };
  return (grad - y * dot(grad, y)) / sqrt(dot(x, x));
}

/// batch_norm in training, composed of ordinary operations.
inline Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor centred = x - mean(x, {0, 1, 2});
  return centred * rsqrt(mean(square(centred), {0, 1, 2}) + 1e-5) * weight + bias;
}

/// {nt_xent, its gradient by the 2N rows}, from the dense matrix of similarities, 256 rows at a time.
inline std::vector<Tensor> nt_xent(const Tensor& views, double temperature) {
  const int64_t n = views.size(0), block = 256;
  Tensor z = views.detach().clone().set_requires_grad(true), loss = Tensor::zeros({}, z.dtype());
  for (int64_t begin = 0; begin < n; begin += block) {
    const int64_t end = std::min(n, begin + block);
    const Tensor unit = z * rsqrt(nce::sum(square(z), 1, true));
    const Tensor s = nce::matmul(slice(unit, 0, begin, end), t(unit)) / temperature;
    Tensor self = Tensor::zeros(s.shape(), s.dtype());
    std::vector<int> other;
    for (int64_t i = begin; i < end; ++i) {
      dispatch(s.dtype(), [&]<class T>(T) { self.mutable_data<T>()[(i - begin) * n + i] = 1; });
      other.push_back(int((i + n / 2) % n));
    }
    const Tensor positive = gather(s, 1, other, {end - begin, 1});
    const Tensor all = nce::logsumexp(masked_fill(s, self, -INFINITY), 1, true);
    const Tensor part = nce::sum(all - positive) / double(n);
    part.backward();
    loss = loss + part.detach();
  }
  return {loss, z.grad()};
}

/// sig_lip from the dense matrix, at temperature 0.1 and bias -10.
inline Tensor sig_lip(const Tensor& z1, const Tensor& z2) {
  const int64_t n = z1.size(0);
  const auto unit = [](const Tensor& z) { return z * rsqrt(nce::sum(square(z), 1, true)); };
  Tensor sign = Tensor::full({n, n}, -1, z1.dtype());
  dispatch(sign.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < n; ++i) sign.mutable_data<T>()[i * n + i] = 1;
  });
  const Tensor s = nce::matmul(unit(z1), t(unit(z2))) / 0.1 - 10.0;
  return nce::sum(softplus(-(sign * s))) / double(n);
}

/// The weights after `steps` steps of AdamW, with PyTorch's defaults. gradient(step) has the weights' precision.
template <class Gradient>
Tensor adamw(const Tensor& start, int steps, Gradient gradient) {
  return dispatch(start.dtype(), [&]<class T>(T) {
    auto w = start.to_vector<T>();
    std::vector<T> m(w.size()), v(w.size());
    for (int step = 1; step <= steps; ++step) {
      const auto g = gradient(step).template to_vector<T>();
      const T rate = T(1e-3), b1 = T(0.9), b2 = T(0.999), new1 = T(1 - 0.9), new2 = T(1 - 0.999);
      const T c1 = T(1 - std::pow(0.9, step)), c2 = T(1 - std::pow(0.999, step));
      for (size_t i = 0; i < w.size(); ++i) {
        m[i] = b1 * m[i] + new1 * g[i], v[i] = b2 * v[i] + new2 * g[i] * g[i];
        w[i] -= rate * T(0.01) * w[i];
        w[i] -= rate * (m[i] / c1) / (std::sqrt(v[i] / c2) + T(1e-8));
      }
    }
    return Tensor::from(w, start.shape());
  });
}

/// The same for SGD with momentum 0.9.
template <class Gradient>
Tensor sgd(const Tensor& start, int steps, Gradient gradient) {
  return dispatch(start.dtype(), [&]<class T>(T) {
    auto w = start.to_vector<T>();
    std::vector<T> m(w.size());
    for (int step = 1; step <= steps; ++step) {
      const auto g = gradient(step).template to_vector<T>();
      for (size_t i = 0; i < w.size(); ++i) m[i] = T(0.9) * m[i] + g[i], w[i] -= T(0.01) * m[i];
    }
    return Tensor::from(w, start.shape());
  });
}

}  // namespace nce::plain
