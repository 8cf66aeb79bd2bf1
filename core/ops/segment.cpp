// Reductions of segments. A segment is a run of rows.
#include <algorithm>
#include <cmath>

#include "nce/core/ops.h"
#include "nce/core/ops/compute.h"
#include "nce/core/ops/lists.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

// Segments of the rows of x. Lambdas for derivatives hold a copy.
struct Segments {
  std::vector<int64_t> offsets;
  Shape x, result;
  int64_t width = 1;

  Segments(const char* op, const Tensor& x, std::span<const int64_t> offsets)
      : offsets(offsets.begin(), offsets.end()), x(x.shape()), result(x.shape()) {
    detail::check_offsets(op, x, offsets);
    result[0] = int64_t(offsets.size()) - 1;
    for (int d = 1; d < x.dim(); ++d) width *= x.shape()[d];
  }

  // Calls body(i, begin, end) in parallel. Segment i is rows begin .. end.
  template <class Body>
  void each(Body body) const {
    const int64_t count = result[0], elements = (x[0] + count) * std::max<int64_t>(width, 1);
    parallel_for(count, (1 << 15) * count / std::max<int64_t>(elements, 1) + 1, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) body(i, offsets[size_t(i)], offsets[size_t(i) + 1]);
    });
  }

  // Row i of y for each row of segment i. Not recorded.
  Tensor repeat(const Tensor& y) const {
    return detail::compute(Tensor::empty(x, y.dtype()), {y}, [&](auto* to, auto* from) {
      each([&](int64_t i, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) std::copy_n(from + i * width, width, to + row * width);
      });
    });
  }

  Tensor sum(const Tensor& rows) const { return detail::sum_lists({.offsets = offsets}, rows); }

  Tensor max(const Tensor& rows) const {
    return detail::compute(Tensor::zeros(result, rows.dtype()), {rows}, [&](auto* to, auto* from) {
      each([&](int64_t i, int64_t begin, int64_t end) {
        auto* best = to + i * width;
        if (begin < end) std::copy_n(from + begin * width, width, best);
        for (int64_t row = begin + 1; row < end; ++row)
          for (int64_t j = 0; j < width; ++j) {
            const auto value = from[row * width + j];
            if (value > best[j] || std::isnan(value)) best[j] = value;
          }
      });
    });
  }
};

}  // namespace

Tensor segment_sum(const Tensor& x, std::span<const int64_t> offsets) {
  const Segments s("segment_sum", x, offsets);
  return record("segment_sum", s.sum(x), {x}, [s](const Tensor& grad) { return s.repeat(grad); });
}

Tensor segment_mean(const Tensor& x, std::span<const int64_t> offsets) {
  const Segments s("segment_mean", x, offsets);
  std::vector<double> shares;
  for (size_t i = 1; i < offsets.size(); ++i)
    shares.push_back(1 / std::max(double(offsets[i] - offsets[i - 1]), 1.0));
  Shape column = Shape::filled(x.dim(), 1);
  column[0] = s.result[0];
  const Tensor scale = Tensor::from(shares, column).to(x.dtype());
  return record("segment_mean", s.sum(x) * scale, {x},
                [s, scale](const Tensor& grad) { return s.repeat(grad * scale); });
}

Tensor segment_max(const Tensor& x, std::span<const int64_t> offsets) {
  const Segments s("segment_max", x, offsets);
  const Tensor best = s.max(x);
  return record("segment_max", best, {x}, [s, x = x.detach(), best](const Tensor& grad) {
    const Tensor winners = eq(x, s.repeat(best));
    return winners * s.repeat(grad / s.sum(winners));
  });
}

Tensor segment_softmax(const Tensor& x, std::span<const int64_t> offsets) {
  const Segments s("segment_softmax", x, offsets);
  const Tensor out = [&] {
    NoGrad no_grad;
    const Tensor shares = exp(x - s.repeat(s.max(x)));
    return shares / s.repeat(s.sum(shares));
  }();
  return record("segment_softmax", out, {x},
                [s, out](const Tensor& grad) { return out * (grad - s.repeat(s.sum(grad * out))); });
}

}  // namespace nce
