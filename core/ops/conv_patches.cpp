// Convolution as a matrix product: patches (pixels, kh kw c) times weight^T. Patches are not copied. The kernel reads
// them where they are (kernels/products.h).
#include <algorithm>
#include <utility>
#include <vector>

#include "nce/core/memory.h"
#include "nce/core/ops/frame.h"
#include "nce/core/parallel.h"

namespace nce::detail {
namespace {

// One matrix product: patches (pixels, depth) times packed weights (depth, width).
template <class T>
struct Product {
  std::vector<int64_t> at, to;     // where the patch of each pixel starts in the frame, and where its results go
  std::vector<kernels::Run> runs;  // of a patch
  MemoryBlock packed;
  int64_t depth, width;
  const T* bias = nullptr;
};

// Packs weights (depth, width), value(k, o), into the panels that the kernel reads.
template <class T, class F>
MemoryBlock pack(int64_t depth, int64_t width, F value) {
  const int64_t panel = kernels::products<T>().panel_width(), panels = (width + panel - 1) / panel;
  MemoryBlock block(size_t(panels * panel * depth) * sizeof(T));
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
  const bool stream = beyond_caches(n * out_size * int64_t(sizeof(T))) &&
                      products.front().width % kernels::products<T>().vector_length == 0;
  for (auto& p : products) {  // the pixels of the first image, again for each other image of the group
    const size_t one = p.at.size();
    for (int64_t i = 1; i < group; ++i)
      for (size_t k = 0; k < one; ++k)
        p.at.push_back(p.at[k] + i * f.size()), p.to.push_back(p.to[k] + i * out_size);
  }
  ScratchMemory scratch(detail::chunk_count(n, group), f.is_image() ? 0 : size_t(group * f.size()) * sizeof(T));
  parallel_for(n, group, [&](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    const ScratchMemory::Part part(scratch);
    const T* source = framed(f, images + begin * f.image_size(), count, part.template as<T>());
    for (const auto& p : products)
      kernels::products<T>().inner(source, p.at.data(), int64_t(p.at.size()) / group * count, p.runs.data(),
                                   int64_t(p.runs.size()), p.packed.template as<T>(), p.depth, p.width, p.bias,
                                   out + begin * out_size, p.to.data(), stream);
  });
}

}  // namespace

template <class T>
void conv_forward(const Convolution& g, const T* x, const T* weight, const T* bias, T* out) {
  const Frame f = input_frame(g);
  std::vector<Product<T>> products;
  for (int64_t group = 0; group < g.options.groups; ++group) {
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

namespace {

// Along one dimension. With a stride, input positions p fall into phases: p = phase, phase + stride, ... The output at
// (p - phase) / stride + shift has read p, multiplied by kernel element k.
struct Tap {
  int64_t k, shift;
};
// All taps of one phase, in the order of their shifts.
std::vector<Tap> taps_of(int64_t phase, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  std::vector<Tap> found;
  for (int64_t k = kernel - 1; k >= 0; --k) {
    const int64_t distance = phase + padding - k * dilation;
    if (distance % stride == 0) found.push_back({k, distance / stride});
  }
  return found;
}

}  // namespace

// The derivative by x is a convolution, too: the output's gradient with the reversed kernel. With a stride there is one
// such convolution for each phase of the pixels.
template <class T>
void conv_by_x(const Convolution& g, const T* grad, const T* weight, T* dx) {
  const Size2 stride = g.options.stride;
  std::vector<std::vector<Tap>> rows, columns;
  for (int64_t y = 0; y < stride.h; ++y)
    rows.push_back(taps_of(y, g.kh, stride.h, g.options.padding.h, g.options.dilation.h));
  for (int64_t x = 0; x < stride.w; ++x)
    columns.push_back(taps_of(x, g.kw, stride.w, g.options.padding.w, g.options.dilation.w));
  const auto border = [](const std::vector<std::vector<Tap>>& phases, int64_t size, int64_t step, int64_t extent) {
    int64_t before = 0, total = extent;
    for (const auto& phase : phases)
      for (const Tap& r : phase) {
        before = std::max(before, -r.shift);
        total = std::max(total, (size - 1) / step + 1 + r.shift);
      }
    return std::pair(before, before + total);
  };
  const auto [top, height] = border(rows, g.h, stride.h, g.oh);
  const auto [left, width] = border(columns, g.w, stride.w, g.ow);
  const Frame f{.h = g.oh, .w = g.ow, .c = g.o, .top = top, .left = left, .height = height, .width = width};

  std::vector<Product<T>> products;
  for (int64_t group = 0; group < g.options.groups; ++group)
    for (int64_t py = 0; py < std::min(stride.h, g.h); ++py)
      for (int64_t px = 0; px < std::min(stride.w, g.w); ++px) {
        Product<T> p{.at = {}, .to = {}, .runs = {}, .packed = {}, .depth = 0, .width = g.group_in()};
        for (int64_t y = py; y < g.h; y += stride.h)
          for (int64_t x = px; x < g.w; x += stride.w) {
            p.at.push_back(((y / stride.h + f.top) * f.width + x / stride.w + f.left) * g.o);
            p.to.push_back((y * g.w + x) * g.c + group * g.group_in());
          }
        std::vector<int64_t> taps;  // ky * kw + kx of each
        for (const Tap& ry : rows[size_t(py)])
          for (const Tap& rx : columns[size_t(px)]) {
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

template void conv_forward(const Convolution&, const float*, const float*, const float*, float*);
template void conv_forward(const Convolution&, const double*, const double*, const double*, double*);
template void conv_by_x(const Convolution&, const float*, const float*, float*);
template void conv_by_x(const Convolution&, const double*, const double*, double*);

}  // namespace nce::detail
