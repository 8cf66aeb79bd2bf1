#include "nce/core/kernels/winograd.h"

#include <algorithm>
#include <vector>

#include "nce/core/kernels/patches.h"
#include "nce/core/kernels/winograd_tiles.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"

// Tiles of 2 x 2 outputs, a row of tiles at a time: 4 x 4 patches of the input become 16 planes of (tiles,
// channels), each plane is multiplied by its own (c, o) matrix of transformed weights, and the 16 products become 2
// x 2 outputs. Tile rows are taken in groups: enough tiles to use a weight often, few enough, where channels are
// not many, for the planes to stay in the second-level cache.

namespace nce::kernels {
namespace {

constexpr int64_t kPlanes = 16;

struct Tiling {
  int64_t high, wide;  // tiles of an image
  int64_t rows;        // tile rows of all images
  int64_t group;       // tile rows taken together
};

template <class T>
Tiling tiling_of(const Convolution3x3& s) {
  Tiling t{.high = (s.oh + 1) / 2, .wide = (s.ow + 1) / 2, .rows = 0, .group = 1};
  t.rows = s.n * t.high;
  const int64_t fit = (int64_t{640} << 10) / (kPlanes * (s.c + s.o) * int64_t(sizeof(T)));
  t.group = std::clamp<int64_t>(std::clamp<int64_t>(fit, 56, 112) / t.wide, 1, std::max<int64_t>(t.rows, 1));
  return t;
}

// `rows` x `columns` pixels of an image (h, w, c) from (y, x) on, zeros outside; the image itself where it has
// them.
template <class T>
const T* strip_of(const T* image, int64_t h, int64_t w, int64_t c, int64_t y, int64_t x, int64_t rows,
                  int64_t columns, T* scratch) {
  if (y >= 0 && y + rows <= h && x == 0 && columns == w) return image + y * w * c;
  const int64_t first = std::max<int64_t>(x, 0), last = std::min(x + columns, w);
  for (int64_t r = 0; r < rows; ++r) {
    T* to = scratch + r * columns * c;
    if (y + r < 0 || y + r >= h || first >= last) {
      std::fill_n(to, columns * c, T(0));
      continue;
    }
    std::fill_n(to, (first - x) * c, T(0));
    std::copy_n(image + ((y + r) * w + first) * c, (last - first) * c, to + (first - x) * c);
    std::fill_n(to + (last - x) * c, (x + columns - last) * c, T(0));
  }
  return scratch;
}

// Planes of the input for tile rows [begin, end); `plane` elements each.
template <class T>
void input_planes(const Convolution3x3& s, const Tiling& t, const T* x, int64_t begin, int64_t end, T* scratch,
                  T* planes, int64_t plane) {
  const int64_t width = 2 * t.wide + 2;
  for (int64_t row = begin; row < end; ++row) {
    const T* strip = strip_of(x + row / t.high * s.h * s.w * s.c, s.h, s.w, s.c, row % t.high * 2 - s.top, -s.left,
                              4, width, scratch);
    winograd_input(strip, width, s.c, t.wide, planes + (row - begin) * t.wide * s.c, plane);
  }
}

// One tap triple g through G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
template <class T>
void spread(const T g0, const T g1, const T g2, T* out, int64_t step) {
  out[0] = g0, out[step] = T(0.5) * (g0 + g1 + g2), out[2 * step] = T(0.5) * (g0 - g1 + g2), out[3 * step] = g2;
}

// The same matrix transposed, the other way round: four to three.
template <class T>
void gather(const T* m, int64_t step, T* out, int64_t out_step) {
  const T half_sum = T(0.5) * (m[step] + m[2 * step]), half_difference = T(0.5) * (m[step] - m[2 * step]);
  out[0] = m[0] + half_sum, out[out_step] = half_difference, out[2 * out_step] = half_sum + m[3 * step];
}

// The 16 matrices G g G^T, each (c, o) packed in panels, `packed_size` elements apart.
template <class T>
Block weight_planes(const Convolution3x3& s, const T* weight, const WeightSteps& steps) {
  const int64_t panel = panel_width<T>(), panels = (s.o + panel - 1) / panel, size = packed_size<T>(s.c, s.o);
  Block block(size_t(kPlanes * size) * sizeof(T));
  T* to = block.as<T>();
  parallel_for(panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      for (int64_t k = 0; k < s.c; ++k)
        for (int64_t j = 0; j < panel; ++j) {
          const int64_t o = p * panel + j;
          T tap[9] = {}, half[12], full[kPlanes];
          for (int64_t i = 0; i < 9 && o < s.o; ++i)
            tap[i] = weight[o * steps.o + k * steps.c + (steps.flipped ? 8 - i : i) * steps.tap];
          for (int64_t x = 0; x < 3; ++x) spread(tap[x], tap[3 + x], tap[6 + x], half + x, 3);
          for (int64_t y = 0; y < 4; ++y) spread(half[3 * y], half[3 * y + 1], half[3 * y + 2], full + 4 * y, 1);
          for (int64_t i = 0; i < kPlanes; ++i) to[i * size + (p * s.c + k) * panel + j] = full[i];
        }
  });
  return block;
}

}  // namespace

bool winograd_pays(const Convolution3x3& s) {
  const int64_t tiles = ((s.oh + 1) / 2) * ((s.ow + 1) / 2);
  return s.c >= 16 && s.o >= 16 && 9 * s.oh * s.ow > 24 * tiles;
}

template <class T>
void winograd_conv(const Convolution3x3& s, const T* x, const T* weight, const WeightSteps& steps, const T* bias,
                   T* out) {
  const Tiling t = tiling_of<T>(s);
  const Block weights = weight_planes(s, weight, steps);
  const int64_t tiles = t.group * t.wide, in_plane = tiles * s.c, out_plane = tiles * s.o;
  std::vector<int64_t> at, to;
  for (int64_t i = 0; i < tiles; ++i) at.push_back(i * s.c), to.push_back(i * s.o);
  const int64_t planes = kPlanes * (in_plane + out_plane), strip = 4 * (2 * t.wide + 2) * s.c;
  Scratch scratch(detail::chunk_count(t.rows, t.group), size_t(planes + strip) * sizeof(T));
  parallel_for(t.rows, t.group, [&](int64_t begin, int64_t end) {
    const Scratch::Part part(scratch);
    T *in = part.as<T>(), *products = in + kPlanes * in_plane;
    input_planes(s, t, x, begin, end, in + planes, in, in_plane);
    const Run run{0, s.c};
    for (int64_t i = 0; i < kPlanes; ++i)
      patch_product<T>(in + i * in_plane, at.data(), (end - begin) * t.wide, &run, 1,
                       weights.as<T>() + i * packed_size<T>(s.c, s.o), s.c, s.o, nullptr, products + i * out_plane,
                       to.data());
    for (int64_t row = begin; row < end; ++row) {
      const int64_t image = row / t.high, y = row % t.high * 2;
      winograd_output(products + (row - begin) * t.wide * s.o, out_plane, s.o, bias,
                      out + (image * s.oh + y) * s.ow * s.o, std::min<int64_t>(2, s.oh - y), s.ow);
    }
  });
}

template <class T>
void winograd_weight_gradient(const Convolution3x3& s, const T* x, const T* grad, T* dw) {
  const Tiling t = tiling_of<T>(s);
  const int64_t lanes = vector_length<T>(), width = (s.o + lanes - 1) / lanes * lanes;
  const int64_t tiles = t.group * t.wide, in_plane = tiles * s.c, out_plane = tiles * width;
  const int64_t size = kPlanes * s.c * width;
  // At most 16 partial sums over fixed runs of tile rows, and not more than 64 MiB of them, added in order.
  const int64_t most = std::clamp<int64_t>((int64_t{64} << 20) / (size * int64_t(sizeof(T))), 1, 16);
  const int64_t groups = (t.rows + t.group - 1) / t.group, run = (groups + most - 1) / most * t.group;
  const int64_t parts = (t.rows + run - 1) / run;
  std::vector<int64_t> at, taps;
  for (int64_t i = 0; i < tiles; ++i) at.push_back(i * s.c);
  for (int64_t k = 0; k < s.c; ++k) taps.push_back(k);
  const Block partial(size_t(parts * size) * sizeof(T));
  T* sums = partial.as<T>();
  const int64_t planes = kPlanes * (in_plane + out_plane), strip_size = 4 * (2 * t.wide + 2) * std::max(s.c, width);
  Scratch scratch(parts, size_t(planes + strip_size) * sizeof(T));
  parallel_for(t.rows, run, [&](int64_t first, int64_t last) {
    const Scratch::Part part(scratch);
    T *in = part.as<T>(), *gradients = in + kPlanes * in_plane, *strip = in + planes,
      *sum = sums + first / run * size;
    if (width != s.o) std::fill_n(gradients, kPlanes * out_plane, T(0));
    for (int64_t begin = first; begin < last; begin += t.group) {
      const int64_t end = std::min(begin + t.group, last);
      input_planes(s, t, x, begin, end, strip, in, in_plane);
      for (int64_t row = begin; row < end; ++row) {
        const T* from = strip_of(grad + row / t.high * s.oh * s.ow * s.o, s.oh, s.ow, s.o, row % t.high * 2, 0, 2,
                                 2 * t.wide, strip);
        winograd_gradient(from, 2 * t.wide, s.o, t.wide, gradients + (row - begin) * t.wide * width, out_plane,
                          width);
      }
      for (int64_t i = 0; i < kPlanes; ++i)
        patch_outer<T>(in + i * in_plane, at.data(), (end - begin) * t.wide, taps.data(), s.c,
                       gradients + i * out_plane, width, begin > first, sum + i * s.c * width);
    }
  });
  // dw = G^T m G of the sums m, for all o of an input channel at once.
  const int64_t grain = std::max<int64_t>(1, (1 << 10) / width);
  Scratch sum_scratch(detail::chunk_count(s.c, grain), size_t(kPlanes * width) * sizeof(T));
  parallel_for(s.c, grain, [&](int64_t begin, int64_t end) {
    const Scratch::Part sum_part(sum_scratch);
    T* full = sum_part.as<T>();
    for (int64_t k = begin; k < end; ++k) {
      for (int64_t i = 0; i < kPlanes; ++i)
        for (int64_t part = 0; part < parts; ++part) {
          const T* from = sums + part * size + (i * s.c + k) * width;
          T* to = full + i * width;
          for (int64_t o = 0; o < width; ++o) to[o] = part ? to[o] + from[o] : from[o];
        }
      for (int64_t o = 0; o < s.o; ++o) {
        T half[12], tap[9];
        for (int64_t i = 0; i < 4; ++i) gather(full + i * width + o, 4 * width, half + i, 4);
        for (int64_t y = 0; y < 3; ++y) gather(half + 4 * y, int64_t{1}, tap + 3 * y, 1);
        for (int64_t i = 0; i < 9; ++i) dw[(o * 9 + i) * s.c + k] = tap[i];
      }
    }
  });
}

template void winograd_conv(const Convolution3x3&, const float*, const float*, const WeightSteps&, const float*,
                            float*);
template void winograd_conv(const Convolution3x3&, const double*, const double*, const WeightSteps&, const double*,
                            double*);
template void winograd_weight_gradient(const Convolution3x3&, const float*, const float*, float*);
template void winograd_weight_gradient(const Convolution3x3&, const double*, const double*, double*);

}  // namespace nce::kernels
