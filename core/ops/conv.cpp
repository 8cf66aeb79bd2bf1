#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

// Convolution as a matrix product of patches, made a cache-sized tile of output pixels at a time: patches (pixels,
// KH KW C) times weight^T. Its floor is arithmetic, 2 N H' W' O KH KW C / groups operations. The patches of a tile
// stay in the second-level cache and are never stored; the backward pass makes them again.

namespace nce {
namespace {

struct Geometry {
  int64_t n, h, w, c, o, kh, kw, oh, ow;
  Conv2dOptions with;
  int64_t group_in() const { return c / with.groups; }
  int64_t group_out() const { return o / with.groups; }
  int64_t patch() const { return kh * kw * group_in(); }
  int64_t pixels() const { return oh * ow; }
  bool pointwise() const {
    return kh == 1 && kw == 1 && with.stride.h == 1 && with.stride.w == 1 && with.padding.h == 0 &&
           with.padding.w == 0;
  }
};

Geometry geometry_of(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& with) {
  check(x.dim() == 4, "conv2d: x must be (N, H, W, C), got {}", x.shape());
  check(weight.dim() == 4, "conv2d: weight must be (O, KH, KW, C / groups), got {}", weight.shape());
  for (const Tensor* p : {&weight, &bias})
    check(!p->defined() || p->dtype() == x.dtype(), "conv2d: dtypes differ: {} and {}", to_string(x.dtype()),
          to_string(p->defined() ? p->dtype() : x.dtype()));
  check(with.groups >= 1 && x.size(3) % with.groups == 0 && weight.size(0) % with.groups == 0,
        "conv2d: {} groups do not divide the channels of x {} and weight {}", with.groups, x.shape(),
        weight.shape());
  check(weight.size(3) * with.groups == x.size(3), "conv2d: weight {} takes {} channels, x {} has {}",
        weight.shape(), weight.size(3) * with.groups, x.shape(), x.size(3));
  check(with.stride.h >= 1 && with.stride.w >= 1 && with.dilation.h >= 1 && with.dilation.w >= 1 &&
            with.padding.h >= 0 && with.padding.w >= 0,
        "conv2d: stride and dilation must be at least 1, padding at least 0");
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)),
        "conv2d: bias must have shape ({},), got {}", weight.size(0), bias.defined() ? bias.shape() : Shape{});
  Geometry g{.n = x.size(0),
             .h = x.size(1),
             .w = x.size(2),
             .c = x.size(3),
             .o = weight.size(0),
             .kh = weight.size(1),
             .kw = weight.size(2),
             .oh = 0,
             .ow = 0,
             .with = with};
  const int64_t room_h = g.h + 2 * with.padding.h - with.dilation.h * (g.kh - 1) - 1;
  const int64_t room_w = g.w + 2 * with.padding.w - with.dilation.w * (g.kw - 1) - 1;
  check(room_h >= 0 && room_w >= 0, "conv2d: the kernel of weight {} is larger than the padded image {}",
        weight.shape(), x.shape());
  g.oh = room_h / with.stride.h + 1, g.ow = room_w / with.stride.w + 1;
  return g;
}

// Visits each tap (output pixel, kernel position) of `count` pixels of one image from pixel `first` on:
// `tap(patch element offset, pixel offset in the image or -1 outside)`.
template <class F>
void for_each_tap(const Geometry& g, int64_t first, int64_t count, F tap) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t top = (first + i) / g.ow * g.with.stride.h - g.with.padding.h;
    const int64_t left = (first + i) % g.ow * g.with.stride.w - g.with.padding.w;
    for (int64_t ky = 0; ky < g.kh; ++ky)
      for (int64_t kx = 0; kx < g.kw; ++kx) {
        const int64_t y = top + ky * g.with.dilation.h, x = left + kx * g.with.dilation.w;
        const bool inside = y >= 0 && y < g.h && x >= 0 && x < g.w;
        tap(i * g.patch() + (ky * g.kw + kx) * g.group_in(), inside ? (y * g.w + x) * g.c : -1);
      }
  }
}

template <class T>
void gather_patches(const Geometry& g, const T* image, int64_t first, int64_t count, T* patches) {
  const int64_t channels = g.group_in();
  for_each_tap(g, first, count, [=](int64_t to, int64_t from) {
    if (from < 0)
      std::fill_n(patches + to, channels, T(0));
    else
      std::copy_n(image + from, channels, patches + to);
  });
}

template <class T>
void scatter_patches(const Geometry& g, const T* patches, int64_t first, int64_t count, T* image) {
  const int64_t channels = g.group_in();
  for_each_tap(g, first, count, [=](int64_t from, int64_t to) {
    if (to < 0) return;
    for (int64_t c = 0; c < channels; ++c) image[to + c] += patches[from + c];
  });
}

// Pixels of a tile: its patches fill about half of a 512 KiB second-level cache.
int64_t tile_pixels(const Geometry& g, size_t element) {
  const int64_t fit = int64_t((size_t{256} << 10) / element) / std::max<int64_t>(g.patch(), 1);
  return std::clamp<int64_t>(fit, 16, g.pixels());
}

// body(image, first pixel, pixels) for every tile of images [begin, end).
template <class F>
void for_each_tile(const Geometry& g, int64_t tile, int64_t begin, int64_t end, F body) {
  for (int64_t image = begin; image < end; ++image)
    for (int64_t first = 0; first < g.pixels(); first += tile)
      body(image, first, std::min(tile, g.pixels() - first));
}

template <class T>
void forward(const Geometry& g, const T* x, const T* weight, const T* bias, T* out) {
  const int64_t tile = tile_pixels(g, sizeof(T));
  parallel_for(g.n, 1, [&](int64_t begin, int64_t end) {
    const Block scratch(g.pointwise() ? 0 : size_t(tile * g.patch()) * sizeof(T));
    for_each_tile(g, tile, begin, end, [&](int64_t image, int64_t first, int64_t count) {
      T* rows = out + (image * g.pixels() + first) * g.o;
      for (int64_t group = 0; group < g.with.groups; ++group) {
        const T* from = x + image * g.h * g.w * g.c + group * g.group_in();
        const T* patches = from + first * g.c;
        if (!g.pointwise()) {
          gather_patches(g, from, first, count, scratch.as<T>());
          patches = scratch.as<T>();
        }
        gemm<T>(false, true, count, g.group_out(), g.patch(), T(1), patches, g.pointwise() ? g.c : g.patch(),
                weight + group * g.group_out() * g.patch(), g.patch(), T(0), rows + group * g.group_out(), g.o);
      }
      if (bias)
        for (int64_t i = 0; i < count; ++i)
          for (int64_t j = 0; j < g.o; ++j) rows[i * g.o + j] += bias[j];
    });
  });
}

template <class T>
void data_gradient(const Geometry& g, const T* grad, const T* weight, T* dx) {
  const int64_t tile = tile_pixels(g, sizeof(T));
  parallel_for(g.n, 1, [&](int64_t begin, int64_t end) {  // by image: no two pieces write the same pixel
    const Block scratch(g.pointwise() ? 0 : size_t(tile * g.patch()) * sizeof(T));
    for_each_tile(g, tile, begin, end, [&](int64_t image, int64_t first, int64_t count) {
      for (int64_t group = 0; group < g.with.groups; ++group) {
        T* to = dx + image * g.h * g.w * g.c + group * g.group_in();
        T* patches = g.pointwise() ? to + first * g.c : scratch.as<T>();
        gemm<T>(false, false, count, g.patch(), g.group_out(), T(1),
                grad + (image * g.pixels() + first) * g.o + group * g.group_out(), g.o,
                weight + group * g.group_out() * g.patch(), g.patch(), T(0), patches,
                g.pointwise() ? g.c : g.patch());
        if (!g.pointwise()) scatter_patches(g, patches, first, count, to);
      }
    });
  });
}

template <class T>
void weight_gradient(const Geometry& g, const T* grad, const T* x, T* dw) {
  const int64_t tile = tile_pixels(g, sizeof(T)), size = g.o * g.patch();
  // At most 16 partial sums, over fixed runs of images, added in order.
  const int64_t run = std::max<int64_t>(1, (g.n + 15) / 16), parts = (g.n + run - 1) / run;
  const Block partial(size_t(parts * size) * sizeof(T));
  T* sums = partial.as<T>();
  std::fill_n(sums, parts * size, T(0));
  parallel_for(g.n, run, [&](int64_t begin, int64_t end) {
    const Block scratch(g.pointwise() ? 0 : size_t(tile * g.patch()) * sizeof(T));
    T* sum = sums + begin / run * size;
    for_each_tile(g, tile, begin, end, [&](int64_t image, int64_t first, int64_t count) {
      for (int64_t group = 0; group < g.with.groups; ++group) {
        const T* from = x + image * g.h * g.w * g.c + group * g.group_in();
        const T* patches = from + first * g.c;
        if (!g.pointwise()) {
          gather_patches(g, from, first, count, scratch.as<T>());
          patches = scratch.as<T>();
        }
        gemm<T>(true, false, g.group_out(), g.patch(), count, T(1),
                grad + (image * g.pixels() + first) * g.o + group * g.group_out(), g.o, patches,
                g.pointwise() ? g.c : g.patch(), T(1), sum + group * g.group_out() * g.patch(), g.patch());
      }
    });
  });
  parallel_for(size, 1 << 12, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T total = 0;
      for (int64_t part = 0; part < parts; ++part) total += sums[part * size + i];
      dw[i] = total;
    }
  });
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& options) {
  const Geometry g = geometry_of(input, kernel, bias, options);
  const Tensor x = input.contiguous(), weight = kernel.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  Tensor out = Tensor::empty({g.n, g.oh, g.ow, g.o}, x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    forward(g, x.data<T>(), weight.data<T>(), b.defined() ? b.data<T>() : nullptr, out.mutable_data<T>());
  });
  return record(
      "conv2d", out, {x, weight, b},
      [g, weight](const Tensor& grad) {
        const Tensor dense = grad.contiguous();
        Tensor dx = Tensor::zeros({g.n, g.h, g.w, g.c}, grad.dtype());
        dispatch(grad.dtype(),
                 [&]<class T>(T) { data_gradient(g, dense.data<T>(), weight.data<T>(), dx.mutable_data<T>()); });
        return dx;
      },
      [g, x](const Tensor& grad) {
        const Tensor dense = grad.contiguous();
        Tensor dw = Tensor::empty({g.o, g.kh, g.kw, g.group_in()}, grad.dtype());
        dispatch(grad.dtype(),
                 [&]<class T>(T) { weight_gradient(g, dense.data<T>(), x.data<T>(), dw.mutable_data<T>()); });
        return dw;
      },
      [](const Tensor& grad) {
        return sum(grad, {0, 1, 2});
      });
}

}  // namespace nce
