#include <algorithm>
#include <utility>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/products.h"
#include "nce/core/kernels/winograd.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

// Convolution as a matrix product of patches (pixels, KH KW C) with weight^T, the patches read where they lie
// rather than copied (kernels/patches.h); 3x3 kernels of stride 1 and many channels by Winograd's minimal filtering
// (kernels/winograd.h). Images are dense NHWC (a strided operand is copied first); a group of them small enough for
// the second-level cache gets its border of zeros in a copy. Floor, the arithmetic: 2 N H' W' O KH KW C / groups
// operations, and as many for each derivative; patches.h and winograd.h say how near it is.

namespace nce {
namespace {

struct Geometry {
  int64_t n, h, w, c, o, kh, kw, oh, ow;
  Conv2dOptions with;
  int64_t group_in() const { return c / with.groups; }
  int64_t group_out() const { return o / with.groups; }
  int64_t patch() const { return kh * kw * group_in(); }
  int64_t pixels() const { return oh * ow; }
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

// ---- sums over patches -----------------------------------------------------------------------------------------
// Images are taken a group at a time. Where there is padding, a group is first copied into a frame of zeros in the
// cache; the patches are then read where they lie (kernels/patches.h).

using kernels::Run;

struct Frame {  // an image with a border of zeros: (top + h + .., left + w + .., c)
  int64_t h, w, c, top = 0, left = 0, height, width;
  int64_t image_size() const { return h * w * c; }
  int64_t size() const { return height * width * c; }
  bool is_image() const { return height == h && width == w; }
};

// Where `count` framed images are: `images` itself where they need no border, otherwise a copy in `scratch`.
template <class T>
const T* framed(const Frame& f, const T* images, int64_t count, T* scratch) {
  if (f.is_image()) return images;
  std::fill_n(scratch, count * f.size(), T(0));
  for (int64_t i = 0; i < count; ++i)
    for (int64_t y = 0; y < f.h; ++y)
      std::copy_n(images + i * f.image_size() + y * f.w * f.c, f.w * f.c,
                  scratch + i * f.size() + ((f.top + y) * f.width + f.left) * f.c);
  return scratch;
}

// Images of a group: enough pixels to fill register tiles, few enough for the second-level cache.
int64_t group_size(const Frame& f, int64_t n, int64_t pixels, size_t element) {
  const int64_t enough = (256 + pixels - 1) / std::max<int64_t>(pixels, 1);
  const int64_t fit = int64_t((size_t{256} << 10) / element) / std::max<int64_t>(f.size(), 1);
  return std::clamp<int64_t>(std::min(enough, fit), 1, std::max<int64_t>(n, 1));
}

void append(std::vector<Run>& runs, int64_t offset, int64_t length) {
  if (!runs.empty() && runs.back().offset + runs.back().length == offset)
    runs.back().length += length;
  else
    runs.push_back({offset, length});
}

// One result of patches: for each pixel of an image, where its patch starts in the frame and where its sums go.
template <class T>
struct Product {
  std::vector<int64_t> at, to;
  std::vector<Run> runs;
  Block packed;
  int64_t depth, width;
  const T* bias = nullptr;
};

// Weights (width columns, depth rows), value(k, o), in panels.
template <class T, class F>
Block pack(int64_t depth, int64_t width, F value) {
  const int64_t panel = kernels::panel_width<T>(), panels = (width + panel - 1) / panel;
  Block block(size_t(panels * panel * depth) * sizeof(T));
  T* to = block.as<T>();
  parallel_for(panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin * panel; o < end * panel; ++o)
      for (int64_t k = 0; k < depth; ++k)
        to[(o / panel * depth + k) * panel + o % panel] = o < width ? value(k, o) : T(0);
  });
  return block;
}

template <class T>
void run_products(const Frame& f, const T* images, int64_t n, std::vector<Product<T>> products, T* out,
                  int64_t out_size) {
  size_t pixels = 0;
  for (const auto& p : products) pixels = std::max(pixels, p.at.size());
  const int64_t group = group_size(f, n, int64_t(pixels), sizeof(T));
  const bool stream =
      beyond_caches(n * out_size * int64_t(sizeof(T))) && products.front().width % kernels::vector_length<T>() == 0;
  for (auto& p : products) {  // repeat the pixels of the first image for the others
    const size_t one = p.at.size();
    for (int64_t i = 1; i < group; ++i)
      for (size_t k = 0; k < one; ++k)
        p.at.push_back(p.at[k] + i * f.size()), p.to.push_back(p.to[k] + i * out_size);
  }
  Scratch scratch(detail::chunk_count(n, group), f.is_image() ? 0 : size_t(group * f.size()) * sizeof(T));
  parallel_for(n, group, [&](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    const Scratch::Part part(scratch);
    const T* source = framed(f, images + begin * f.image_size(), count, part.template as<T>());
    for (const auto& p : products)
      kernels::patch_product(source, p.at.data(), int64_t(p.at.size()) / group * count, p.runs.data(),
                             int64_t(p.runs.size()), p.packed.template as<T>(), p.depth, p.width, p.bias,
                             out + begin * out_size, p.to.data(), stream);
  });
}

Frame input_frame(const Geometry& g) {
  return {.h = g.h,
          .w = g.w,
          .c = g.c,
          .top = g.with.padding.h,
          .left = g.with.padding.w,
          .height = g.h + 2 * g.with.padding.h,
          .width = g.w + 2 * g.with.padding.w};
}

std::vector<int64_t> patch_starts(const Geometry& g, const Frame& f) {
  std::vector<int64_t> at;
  for (int64_t y = 0; y < g.oh; ++y)
    for (int64_t x = 0; x < g.ow; ++x) at.push_back((y * g.with.stride.h * f.width + x * g.with.stride.w) * g.c);
  return at;
}

// Where the taps of a patch stand, for channels of group `group`, in the weight's order.
std::vector<Run> patch_runs(const Geometry& g, const Frame& f, int64_t group) {
  std::vector<Run> runs;
  for (int64_t ky = 0; ky < g.kh; ++ky)
    for (int64_t kx = 0; kx < g.kw; ++kx)
      append(runs, (ky * g.with.dilation.h * f.width + kx * g.with.dilation.w) * g.c + group * g.group_in(),
             g.group_in());
  return runs;
}

template <class T>
void forward(const Geometry& g, const T* x, const T* weight, const T* bias, T* out) {
  const Frame f = input_frame(g);
  std::vector<Product<T>> products;
  for (int64_t group = 0; group < g.with.groups; ++group) {
    const T* w = weight + group * g.group_out() * g.patch();
    Product<T> p{
        .at = patch_starts(g, f),
        .to = {},
        .runs = patch_runs(g, f, group),
        .packed = pack<T>(g.patch(), g.group_out(), [=](int64_t k, int64_t o) { return w[o * g.patch() + k]; }),
        .depth = g.patch(),
        .width = g.group_out(),
        .bias = bias ? bias + group * g.group_out() : nullptr};
    for (int64_t i = 0; i < g.pixels(); ++i) p.to.push_back(i * g.o + group * g.group_out());
    products.push_back(std::move(p));
  }
  run_products(f, x, g.n, std::move(products), out, g.pixels() * g.o);
}

// Along one dimension, the kernel positions that reach input positions p = phase, phase + stride, ...: the output
// at (p - phase) / stride + shift saw p through position k. In the order of growing shift.
struct Reach {
  int64_t k, shift;
};
std::vector<Reach> reaching(int64_t phase, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  std::vector<Reach> found;
  for (int64_t k = kernel - 1; k >= 0; --k) {
    const int64_t distance = phase + padding - k * dilation;
    if (distance % stride == 0) found.push_back({k, distance / stride});
  }
  return found;
}

// The gradient by x is itself a convolution of the gradient by the output, with the kernel turned around; with a
// stride, one for each phase of the input's pixels.
template <class T>
void data_gradient(const Geometry& g, const T* grad, const T* weight, T* dx) {
  const Size2 stride = g.with.stride;
  std::vector<std::vector<Reach>> rows, columns;
  for (int64_t y = 0; y < stride.h; ++y)
    rows.push_back(reaching(y, g.kh, stride.h, g.with.padding.h, g.with.dilation.h));
  for (int64_t x = 0; x < stride.w; ++x)
    columns.push_back(reaching(x, g.kw, stride.w, g.with.padding.w, g.with.dilation.w));
  const auto border = [](const std::vector<std::vector<Reach>>& phases, int64_t size, int64_t step,
                         int64_t extent) {
    int64_t before = 0, total = extent;
    for (const auto& phase : phases)
      for (const Reach& r : phase) {
        before = std::max(before, -r.shift);
        total = std::max(total, (size - 1) / step + 1 + r.shift);
      }
    return std::pair(before, before + total);
  };
  const auto [top, height] = border(rows, g.h, stride.h, g.oh);
  const auto [left, width] = border(columns, g.w, stride.w, g.ow);
  const Frame f{.h = g.oh, .w = g.ow, .c = g.o, .top = top, .left = left, .height = height, .width = width};

  std::vector<Product<T>> products;
  for (int64_t group = 0; group < g.with.groups; ++group)
    for (int64_t py = 0; py < std::min(stride.h, g.h); ++py)
      for (int64_t px = 0; px < std::min(stride.w, g.w); ++px) {
        Product<T> p{.at = {}, .to = {}, .runs = {}, .packed = {}, .depth = 0, .width = g.group_in()};
        for (int64_t y = py; y < g.h; y += stride.h)
          for (int64_t x = px; x < g.w; x += stride.w) {
            p.at.push_back(((y / stride.h + f.top) * f.width + x / stride.w + f.left) * g.o);
            p.to.push_back((y * g.w + x) * g.c + group * g.group_in());
          }
        std::vector<int64_t> taps;  // (ky, kx) of each
        for (const Reach& ry : rows[size_t(py)])
          for (const Reach& rx : columns[size_t(px)]) {
            taps.push_back(ry.k * g.kw + rx.k);
            append(p.runs, (ry.shift * f.width + rx.shift) * g.o + group * g.group_out(), g.group_out());
          }
        p.depth = int64_t(taps.size()) * g.group_out();
        p.packed = pack<T>(p.depth, p.width, [&](int64_t k, int64_t c) {
          const int64_t o = group * g.group_out() + k % g.group_out(), tap = taps[size_t(k / g.group_out())];
          return weight[(o * g.kh * g.kw + tap) * g.group_in() + c];
        });
        products.push_back(std::move(p));
      }
  run_products(f, grad, g.n, std::move(products), dx, g.h * g.w * g.c);
}

// dw[o][k] = sum over pixels of grad[o] patch[k]. The images are cut into fixed parts whose sums are added in
// order, and, where weights are many and the parts few, each part's work along k.
template <class T>
void weight_gradient(const Geometry& g, const T* grad, const T* x, T* dw) {
  const Frame f = input_frame(g);
  const int64_t depth = g.patch(), groups = g.with.groups;
  const int64_t lanes = kernels::vector_length<T>(), width = (g.group_out() + lanes - 1) / lanes * lanes;
  const bool copies = groups > 1 || width != g.o;  // the kernel takes whole rows of whole vectors
  const int64_t images = group_size(f, g.n, g.pixels(), sizeof(T));
  std::vector<int64_t> at = patch_starts(g, f);
  for (int64_t i = 1; i < images; ++i)
    for (int64_t k = 0; k < g.pixels(); ++k) at.push_back(at[size_t(k)] + i * f.size());
  std::vector<int64_t> taps;
  for (const Run& run : patch_runs(g, f, 0))
    for (int64_t k = 0; k < run.length; ++k) taps.push_back(run.offset + k);

  const int64_t size = groups * depth * width, room = (int64_t{32} << 20) / int64_t(sizeof(T));
  const int64_t most = std::clamp<int64_t>(room / std::max<int64_t>(size, 1), 1, 16);
  const int64_t run = std::max<int64_t>((g.n + most - 1) / most, images), parts = (g.n + run - 1) / run;
  const int64_t cuts = std::clamp<int64_t>(16 / parts, 1, (depth + 55) / 56), cut = (depth + cuts - 1) / cuts;
  const Block partial(size_t(parts * size) * sizeof(T));
  T* sums = partial.as<T>();
  Scratch frames(parts * cuts, f.is_image() ? 0 : size_t(images * f.size()) * sizeof(T));
  Scratch copied(parts * cuts, copies ? size_t(images * g.pixels() * width) * sizeof(T) : 0);
  parallel_for(parts * cuts, 1, [&](int64_t job, int64_t) {
    const int64_t part = job / cuts, first = job % cuts * cut, rows = std::min(cut, depth - first);
    if (rows <= 0) return;
    const Scratch::Part frame(frames), gradients(copied);
    for (int64_t n = part * run, end = std::min(n + run, g.n); n < end; n += images) {
      const int64_t count = std::min(images, end - n), pixels = count * g.pixels();
      const T* source = framed(f, x + n * f.image_size(), count, frame.template as<T>());
      for (int64_t group = 0; group < groups; ++group) {
        const T* from = grad + n * g.pixels() * g.o + group * g.group_out();
        if (copies) {
          T* to = gradients.template as<T>();
          for (int64_t i = 0; i < pixels; ++i) {
            std::copy_n(from + i * g.o, g.group_out(), to + i * width);
            std::fill_n(to + i * width + g.group_out(), width - g.group_out(), T(0));
          }
          from = to;
        }
        kernels::patch_outer(source + group * g.group_in(), at.data(), pixels, taps.data() + first, rows,
                             kernels::Columns<T>{from, width, kernels::panel_width<T>()}, width, n > part * run,
                             sums + part * size + (group * depth + first) * width);
      }
    }
  });
  parallel_for(groups * depth, std::max<int64_t>(1, (1 << 14) / width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t o = 0; o < g.group_out(); ++o) {
        T total = 0;
        for (int64_t part = 0; part < parts; ++part) total += sums[part * size + row * width + o];
        dw[(row / depth * g.group_out() + o) * depth + row % depth] = total;
      }
  });
}

// ---- 3x3 with stride 1: Winograd's minimal filtering, where it pays --------------------------------------------

bool is_plain_3x3(const Geometry& g) {
  const Conv2dOptions& o = g.with;
  return g.kh == 3 && g.kw == 3 && o.groups == 1 && o.stride.h == 1 && o.stride.w == 1 && o.dilation.h == 1 &&
         o.dilation.w == 1;
}

kernels::Convolution3x3 forward_3x3(const Geometry& g) {
  return {g.n, g.h, g.w, g.c, g.o, g.oh, g.ow, g.with.padding.h, g.with.padding.w};
}

// From the gradient by the output to that by x: the channels change places.
kernels::Convolution3x3 backward_3x3(const Geometry& g) {
  return {g.n, g.oh, g.ow, g.o, g.c, g.h, g.w, 2 - g.with.padding.h, 2 - g.with.padding.w};
}

template <class T>
void convolve(const Geometry& g, const T* x, const T* weight, const T* bias, T* out) {
  if (is_plain_3x3(g) && winograd_pays(forward_3x3(g)))
    return kernels::winograd_conv(forward_3x3(g), x, weight, {9 * g.c, 1, g.c, false}, bias, out);
  forward(g, x, weight, bias, out);
}

template <class T>
void convolve_back(const Geometry& g, const T* grad, const T* weight, T* dx) {
  if (is_plain_3x3(g) && winograd_pays(backward_3x3(g)))
    return kernels::winograd_conv<T>(backward_3x3(g), grad, weight, {1, 9 * g.c, g.c, true}, nullptr, dx);
  data_gradient(g, grad, weight, dx);
}

template <class T>
void correlate(const Geometry& g, const T* grad, const T* x, T* dw) {
  if (g.n == 0) return void(std::fill_n(dw, g.o * g.patch(), T(0)));
  if (is_plain_3x3(g) && winograd_pays(forward_3x3(g)))
    return kernels::winograd_weight_gradient(forward_3x3(g), x, grad, dw);
  weight_gradient(g, grad, x, dw);
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& options) {
  const Geometry g = geometry_of(input, kernel, bias, options);
  const Tensor x = input.contiguous(), weight = kernel.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  Tensor out = Tensor::empty({g.n, g.oh, g.ow, g.o}, x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    convolve(g, x.data<T>(), weight.data<T>(), b.defined() ? b.data<T>() : nullptr, out.mutable_data<T>());
  });
  return record(
      "conv2d", out, {x, weight, b},
      [g, weight](const Tensor& grad) {
        const Tensor dense = grad.contiguous();
        Tensor dx = Tensor::empty({g.n, g.h, g.w, g.c}, grad.dtype());
        dispatch(grad.dtype(),
                 [&]<class T>(T) { convolve_back(g, dense.data<T>(), weight.data<T>(), dx.mutable_data<T>()); });
        return dx;
      },
      [g, x](const Tensor& grad) {
        const Tensor dense = grad.contiguous();
        Tensor dw = Tensor::empty({g.o, g.kh, g.kw, g.group_in()}, grad.dtype());
        dispatch(grad.dtype(),
                 [&]<class T>(T) { correlate(g, dense.data<T>(), x.data<T>(), dw.mutable_data<T>()); });
        return dw;
      },
      [](const Tensor& grad) {
        return sum(grad, {0, 1, 2});
      });
}

}  // namespace nce
