#include "nce/core/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops/lists.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr int64_t kQueries = 64;  // queries in a block

// The rows of one sample: in q, and in k and v.
struct Sample {
  int64_t query, queries, key, keys;
};

// Pointers to one block of queries of one head, and to the head's keys and values.
struct Call {
  std::vector<Sample> samples;
  int64_t heads, width, values;  // width of q and k, and of v, for all heads together
  int64_t longest = 0;           // most keys of a sample

  int64_t head_width() const { return width / heads; }
  int64_t head_values() const { return values / heads; }

  // Calls body(scratch, sample, head) in parallel. `scratch` has room for `matrices` matrices (kQueries, longest).
  template <class T, class Body>
  void each(int64_t matrices, Body body) const {
    const int64_t pieces = int64_t(samples.size()) * heads;
    ScratchMemory scratch(pieces, size_t(matrices * kQueries * longest) * sizeof(T));
    parallel_for(pieces, 1, [&](int64_t begin, int64_t end) {
      const ScratchMemory::Part part(scratch);
      for (int64_t i = begin; i < end; ++i)
        if (const Sample& s = samples[size_t(i / heads)]; s.keys > 0) body(part.as<T>(), s, i % heads);
    });
  }

  // The weights of `rows` queries, the first at q: softmax(q k^T / sqrt(head_width)), (rows, keys).
  template <class T>
  void weigh(const T* q, int64_t rows, const T* k, int64_t keys, T* weights) const {
    gemm<T>(false, true, rows, keys, head_width(), T(scale()), q, width, k, width, T(0), weights, keys);
    for (int64_t i = 0; i < rows; ++i) {
      T* row = weights + i * keys;
      const auto [largest, sum] = kernels::elementwise<T>().exp_sum(row, keys);
      kernels::elementwise<T>().scaled_exp(row, keys, largest, 1 / sum, row);
    }
  }
  double scale() const { return 1 / std::sqrt(double(head_width())); }

  template <class T>
  void forward(const T* q, const T* k, const T* v, T* out) const {
    each<T>(1, [&](T* weights, const Sample& s, int64_t head) {
      for (int64_t at = 0; at < s.queries; at += kQueries) {
        const int64_t rows = std::min(kQueries, s.queries - at), query = s.query + at;
        weigh(q + query * width + head * head_width(), rows, k + s.key * width + head * head_width(), s.keys,
              weights);
        gemm<T>(false, false, rows, head_values(), s.keys, T(1), weights, s.keys,
                v + s.key * values + head * head_values(), values, T(0),
                out + query * values + head * head_values(), values);
      }
    });
  }

  // Gradients start at 0.
  template <class T>
  void backward(const T* q, const T* k, const T* v, const T* grad, T* dq, T* dk, T* dv) const {
    each<T>(2, [&](T* weights, const Sample& s, int64_t head) {
      T* slopes = weights + kQueries * longest;  // by the weights, then by the products q k^T
      const int64_t key = s.key * width + head * head_width(), value = s.key * values + head * head_values();
      for (int64_t at = 0; at < s.queries; at += kQueries) {
        const int64_t rows = std::min(kQueries, s.queries - at);
        const int64_t query = (s.query + at) * width + head * head_width();
        const T* g = grad + (s.query + at) * values + head * head_values();
        weigh(q + query, rows, k + key, s.keys, weights);
        gemm<T>(true, false, s.keys, head_values(), rows, T(1), weights, s.keys, g, values, T(1), dv + value,
                values);
        gemm<T>(false, true, rows, s.keys, head_values(), T(1), g, values, v + value, values, T(0), slopes, s.keys);
        for (int64_t i = 0; i < rows; ++i) {
          const T* p = weights + i * s.keys;
          T* slope = slopes + i * s.keys;
          T mean = 0;
          for (int64_t j = 0; j < s.keys; ++j) mean += p[j] * slope[j];
          for (int64_t j = 0; j < s.keys; ++j) slope[j] = p[j] * (slope[j] - mean);
        }
        gemm<T>(false, false, rows, head_width(), s.keys, T(scale()), slopes, s.keys, k + key, width, T(0),
                dq + query, width);
        gemm<T>(true, false, s.keys, head_width(), rows, T(scale()), slopes, s.keys, q + query, width, T(1),
                dk + key, width);
      }
    });
  }
};

// Runs the call on q, k and v as dense rows.
Tensor run(const char* op, Call call, const Tensor& q, const Tensor& k, const Tensor& v) {
  for (const Tensor* x : {&k, &v})
    check(x->dtype() == q.dtype(), "{}: dtypes differ: {} and {}", op, to_string(q.dtype()), to_string(x->dtype()));
  call.width = q.size(-1), call.values = v.size(-1);
  check(call.heads >= 1 && call.width % call.heads == 0 && call.values % call.heads == 0,
        "{}: {} heads do not divide the widths of q {} and v {}", op, call.heads, q.shape(), v.shape());
  for (const Sample& s : call.samples) call.longest = std::max(call.longest, s.keys);
  Shape shape = q.shape();
  shape[shape.size() - 1] = call.values;
  Tensor out = Tensor::zeros(shape, q.dtype());
  const Tensor dense[] = {q.detach().contiguous(), k.detach().contiguous(), v.detach().contiguous()};
  dispatch(q.dtype(), [&]<class T>(T) {
    call.forward<T>(dense[0].data<T>(), dense[1].data<T>(), dense[2].data<T>(), out.mutable_data<T>());
  });
  return record_joint(
      op, out, {q, k, v}, [call, q = dense[0], k = dense[1], v = dense[2]](const Tensor& grad, const auto&) {
        std::array<Tensor, 3> grads;
        for (size_t i = 0; i < 3; ++i) grads[i] = Tensor::zeros(std::array{q, k, v}[i].shape(), q.dtype());
        const Tensor g = grad.contiguous();
        dispatch(q.dtype(), [&]<class T>(T) {
          call.backward<T>(q.data<T>(), k.data<T>(), v.data<T>(), g.data<T>(), grads[0].mutable_data<T>(),
                           grads[1].mutable_data<T>(), grads[2].mutable_data<T>());
        });
        return grads;
      });
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  check(q.dim() == 3 && k.dim() == 3 && v.dim() == 3 && q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
            k.size(0) == v.size(0) && k.size(1) == v.size(1),
        "attention: q (B, L, E), k (B, S, E) and v (B, S, V) are needed, got {}, {} and {}", q.shape(), k.shape(),
        v.shape());
  const int64_t batch = q.size(0), queries = q.size(1), keys = k.size(1);
  check(options.lengths.empty() || int64_t(options.lengths.size()) == batch, "attention: {} lengths for {} samples",
        options.lengths.size(), batch);
  Call call{.samples = {}, .heads = options.heads, .width = 0, .values = 0};
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = options.lengths.empty() ? keys : options.lengths[size_t(b)];
    check(length >= 0 && length <= keys, "attention: length {} of sample {} is outside 0 .. {}", length, b, keys);
    call.samples.push_back({b * queries, queries, b * keys, length});
  }
  return run("attention", std::move(call), q, k, v);
}

Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v, std::span<const int64_t> offsets,
                         int64_t heads) {
  check(q.dim() == 2 && v.dim() == 2 && k.shape() == q.shape() && v.size(0) == q.size(0),
        "segment_attention: q (n, E), k (n, E) and v (n, V) are needed, got {}, {} and {}", q.shape(), k.shape(),
        v.shape());
  detail::check_offsets("segment_attention", q, offsets);
  Call call{.samples = {}, .heads = heads, .width = 0, .values = 0};
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    const int64_t rows = offsets[i + 1] - offsets[i];
    call.samples.push_back({offsets[i], rows, offsets[i], rows});
  }
  return run("segment_attention", std::move(call), q, k, v);
}

}  // namespace nce
