#include <algorithm>
#include <limits>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/ops/compute.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

struct Windows {
  int64_t n, h, w, c, oh, ow;
  Size2 kernel, stride, padding;
};

Windows windows_of(const char* op, const Tensor& x, const Pool2dOptions& options) {
  check(x.dim() == 4, "{}: x must be (N, H, W, C), got {}", op, x.shape());
  const Size2 stride(options.stride.h ? options.stride.h : options.kernel.h,
                     options.stride.w ? options.stride.w : options.kernel.w);
  const Size2 &kernel = options.kernel, &padding = options.padding;
  check(kernel.h >= 1 && kernel.w >= 1 && stride.h >= 1 && stride.w >= 1,
        "{}: kernel and stride must be at least 1", op);
  check(std::max({kernel.h, kernel.w, stride.h, stride.w}) < int64_t{1} << 31,
        "{}: kernel and stride must be below 2^31", op);
  check(padding.h >= 0 && padding.w >= 0 && padding.h <= kernel.h / 2 && padding.w <= kernel.w / 2,
        "{}: padding must be between 0 and half of the kernel", op);
  check(x.size(1) >= 1 && x.size(2) >= 1, "{}: an image without pixels: x {}", op, x.shape());
  const int64_t room_h = x.size(1) + 2 * padding.h - kernel.h, room_w = x.size(2) + 2 * padding.w - kernel.w;
  check(room_h >= 0 && room_w >= 0, "{}: the window is larger than the padded image {}", op, x.shape());
  return {x.size(0), x.size(1), x.size(2), x.size(3), room_h / stride.h + 1, room_w / stride.w + 1,
          kernel,    stride,    padding};
}

// x (n, h, w, c) -> (n, oh, ow, c). Calls body(offset in the output, offset in x) for each pixel of each window of
// image `n`, window by window.
template <class F>
void for_each_pair(const Windows& p, int64_t n, F body) {
  for (int64_t oy = 0; oy < p.oh; ++oy)
    for (int64_t ox = 0; ox < p.ow; ++ox) {
      const int64_t top = oy * p.stride.h - p.padding.h, left = ox * p.stride.w - p.padding.w;
      for (int64_t y = std::max<int64_t>(top, 0); y < std::min(top + p.kernel.h, p.h); ++y)
        for (int64_t x = std::max<int64_t>(left, 0); x < std::min(left + p.kernel.w, p.w); ++x)
          body(((n * p.oh + oy) * p.ow + ox) * p.c, ((n * p.h + y) * p.w + x) * p.c);
    }
}

}  // namespace

Tensor max_pool2d(const Tensor& input, const Pool2dOptions& options) {
  const Windows p = windows_of("max_pool2d", input, options);
  const Tensor x = input.contiguous();
  const Tensor least = Tensor::full({p.n, p.oh, p.ow, p.c}, -std::numeric_limits<double>::infinity(), x.dtype());
  const Tensor out = detail::compute(least, {x}, [&]<class T>(T* to, const T* from) {
    parallel_for(p.n, 1, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n)
        for_each_pair(p, n, [&](int64_t o, int64_t i) {
          for (int64_t c = 0; c < p.c; ++c) {  // a NaN wins, and stays the winner
            const T v = from[i + c], best = to[o + c];
            to[o + c] = v <= best || best != best ? best : v;
          }
        });
    });
  });
  // The backward pass finds the winners again, which needs no memory. The winner of a window is the first element
  // that equals the maximum, or is a NaN.
  return record("max_pool2d", out, {x}, [p, x, out](const Tensor& grad) {
    const auto write = [&]<class T>(T* to, const T* from, const T* largest, const T* g) {
      parallel_for(p.n, 1, [&](int64_t begin, int64_t end) {
        std::vector<uint8_t> given(size_t(p.c), 0);
        int64_t window = -1;
        for (int64_t n = begin; n < end; ++n)
          for_each_pair(p, n, [&](int64_t o, int64_t i) {
            if (o != window) {
              std::fill(given.begin(), given.end(), uint8_t{0});
              window = o;
            }
            for (int64_t c = 0; c < p.c; ++c) {
              const T v = from[i + c];
              const bool wins = (v == largest[o + c] || v != v) && !given[size_t(c)];
              to[i + c] += wins ? g[o + c] : T(0);
              given[size_t(c)] |= uint8_t(wins);
            }
          });
      });
    };
    return detail::compute(Tensor::zeros(x.shape(), x.dtype()), {x, out, grad}, write);
  });
}

Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options) {
  const Windows p = windows_of("avg_pool2d", x, options);
  // Adds the share of each element to each window, or back.
  const auto add_shares = [p](bool back) {
    return [p, back]<class T>(T* to, const T* from) {
      const T share = T(1.0 / double(p.kernel.h * p.kernel.w));
      parallel_for(p.n, 1, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n)
          for_each_pair(p, n, [&](int64_t o, int64_t i) {
            const T* source = from + (back ? o : i);
            T* target = to + (back ? i : o);
            for (int64_t c = 0; c < p.c; ++c) target[c] += share * source[c];
          });
      });
    };
  };
  const Tensor out = detail::compute(Tensor::zeros({p.n, p.oh, p.ow, p.c}, x.dtype()), {x}, add_shares(false));
  return record("avg_pool2d", out, {x}, [add_shares, shape = x.shape()](const Tensor& grad) {
    return detail::compute(Tensor::zeros(shape, grad.dtype()), {grad}, add_shares(true));
  });
}

Tensor global_avg_pool2d(const Tensor& x) {
  check(x.dim() == 4, "global_avg_pool2d: x must be (N, H, W, C), got {}", x.shape());
  return mean(x, {1, 2});
}

}  // namespace nce
