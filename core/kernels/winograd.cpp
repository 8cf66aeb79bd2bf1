#include "nce/core/kernels/winograd.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "nce/core/kernels/products.h"
#include "nce/core/kernels/winograd_tiles.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"

// Forward: 6 x 6 patches of the input are transformed to 36 planes (tiles, c). Each plane is multiplied by its own matrix
// (c, o) of transformed weights. The 36 products are transformed to 4 x 4 outputs. For the derivative by the weight, planes
// of the input and of the gradient are multiplied, with sums over the tiles. Tiles of all images are put into groups.
//
// There are two ways to share the work. Small groups: planes stay in L2, and threads take groups. Large groups (many
// weights, or few tiles): threads share one group, and take planes.

namespace nce::kernels {
namespace {

constexpr int64_t kSide = 4, kPatch = 6, kPlanes = kPatch * kPatch;

struct Tiling {
  int64_t high, wide;  // tiles of one image
  int64_t tiles;       // tiles of all images
  int64_t group;       // tiles in a group, a multiple of the rows of a register tile
  bool within;         // threads share one group, instead of one group for each
  int64_t grain(int64_t count) const { return within ? std::max<int64_t>(1, count / 16) : count; }
};

// `many`: the transformed weights do not fit in a cache.
Tiling tiling_of(const Convolution3x3& s, bool many) {
  constexpr int64_t kFew = 28, kMany = 168;
  Tiling t{.high = (s.oh + kSide - 1) / kSide,
           .wide = (s.ow + kSide - 1) / kSide,
           .tiles = 0,
           .group = 0,
           .within = many};
  t.tiles = s.n * t.high * t.wide;
  if (t.tiles < 16 * kFew) t.within = true;  // too few groups for many threads
  t.group = t.within ? std::min(kMany, std::max<int64_t>(t.tiles, 1)) : kFew;
  return t;
}

// The length of a row of a plane is no large power of two: otherwise all rows would need the same cache lines.
int64_t row_step(int64_t channels) { return channels >= 256 ? channels + 16 : channels; }
int64_t plane_size(int64_t elements) { return elements + 16; }

struct Place {
  int64_t image, y, x;
};
Place place_of(const Tiling& t, int64_t tile) {
  return {tile / (t.high * t.wide), tile / t.wide % t.high * kSide, tile % t.wide * kSide};
}

// The addresses of the pixels of a patch (side, side) at (y, x) of an image (h, w, c). Outside it: `zeros`.
template <int side, class T>
void find_pixels(const T* image, int64_t h, int64_t w, int64_t c, int64_t y, int64_t x, const T* zeros,
                 const T** pixels) {
  for (int64_t i = y; i < y + side; ++i)
    for (int64_t j = x; j < x + side; ++j)
      *pixels++ = i >= 0 && i < h && j >= 0 && j < w ? image + (i * w + j) * c : zeros;
}

template <class T>
void input_planes(const Convolution3x3& s, const Tiling& t, const T* x, const T* zeros, int64_t begin, int64_t end,
                  T* planes, int64_t plane) {
  parallel_for(end - begin, t.grain(end - begin), [&](int64_t first, int64_t last) {
    const auto& kernels = winograd_tiles<T>();
    const T* pixels[kPlanes];
    for (int64_t i = first; i < last; ++i) {
      const Place p = place_of(t, begin + i);
      find_pixels<kPatch>(x + p.image * s.h * s.w * s.c, s.h, s.w, s.c, p.y - s.top, p.x - s.left, zeros, pixels);
      kernels.input(pixels, s.c, planes + i * row_step(s.c), plane);
    }
  });
}

// The 36 matrices G g G^T, each (c, o) in panels, `packed_size` elements apart.
template <class T>
MemoryBlock weight_planes(const Convolution3x3& s, const T* weight, const WeightSteps& steps) {
  constexpr int64_t kRows = 16;  // input channels at a time
  const int64_t panel = products<T>().panel_width(), panels = (s.o + panel - 1) / panel;
  const int64_t size = products<T>().packed_size(s.c, s.o);
  const int64_t blocks = (s.c + kRows - 1) / kRows, tap_size = kRows * panel;
  MemoryBlock block(size_t(kPlanes * size) * sizeof(T));
  T* to = block.as<T>();
  const int64_t grain = std::max<int64_t>(1, 16 * 32 / panel);
  ScratchMemory scratch(detail::chunk_count(panels * blocks, grain), size_t(9 * tap_size) * sizeof(T));
  parallel_for(panels * blocks, grain, [&](int64_t begin, int64_t end) {
    const ScratchMemory::Part part(scratch);
    T* taps = part.as<T>();
    for (int64_t job = begin; job < end; ++job) {
      const int64_t p = job / blocks, k = job % blocks * kRows, rows = std::min(kRows, s.c - k);
      const int64_t o = p * panel, columns = std::min(panel, s.o - o);
      if (columns < panel) std::fill_n(taps, 9 * tap_size, T(0));
      for (int64_t tap = 0; tap < 9; ++tap) {
        const T* from = weight + o * steps.o + k * steps.c + (steps.flipped ? 8 - tap : tap) * steps.tap;
        T* at = taps + tap * tap_size;
        if (steps.o == 1)
          for (int64_t i = 0; i < rows; ++i) std::copy_n(from + i * steps.c, columns, at + i * panel);
        else
          for (int64_t j = 0; j < columns; ++j)
            for (int64_t i = 0; i < rows; ++i) at[i * panel + j] = from[j * steps.o + i * steps.c];
      }
      winograd_tiles<T>().weights(taps, tap_size, rows * panel, to + (p * s.c + k) * panel, size);
    }
  });
  return block;
}

}  // namespace

bool winograd_pays(const Convolution3x3& s) {
  const int64_t tiles = ((s.oh + kSide - 1) / kSide) * ((s.ow + kSide - 1) / kSide);
  return s.c >= 16 && s.o >= 16 && 2 * 9 * s.oh * s.ow > 3 * kPlanes * tiles;
}

template <class T>
void winograd_conv(const Convolution3x3& s, const T* x, const T* weight, const WeightSteps& steps, const T* bias,
                   T* out) {
  const int64_t in_step = row_step(s.c), out_step = row_step(s.o);
  const Tiling t = tiling_of(s, s.c * s.o >= 512 * 256);
  const int64_t lanes = products<T>().vector_length, packed = products<T>().packed_size(s.c, s.o);
  // Only for vectors of whole cache lines. Shorter ones would leave sixteen lines half written.
  const bool stream = beyond_caches(s.n * s.oh * s.ow * s.o * int64_t(sizeof(T))) &&
                      lanes * int64_t(sizeof(T)) >= 64 && s.o % lanes == 0;
  const MemoryBlock weights = weight_planes(s, weight, steps);
  const int64_t in_plane = plane_size(t.group * in_step), out_plane = plane_size(t.group * out_step);
  std::vector<int64_t> at, to;
  for (int64_t i = 0; i < t.group; ++i) at.push_back(i * in_step), to.push_back(i * out_step);
  const std::vector<T> zeros(size_t(s.c), T(0));
  ScratchMemory scratch(detail::chunk_count(t.tiles, t.group),
                        size_t(kPlanes * (in_plane + out_plane)) * sizeof(T));
  parallel_for(t.tiles, t.group, [&](int64_t begin, int64_t end) {
    const ScratchMemory::Part part(scratch);
    T *in = part.as<T>(), *sums = in + kPlanes * in_plane;
    const int64_t tiles = end - begin;
    input_planes(s, t, x, zeros.data(), begin, end, in, in_plane);
    const Run run{0, s.c};
    parallel_for(kPlanes, t.grain(kPlanes), [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i)
        products<T>().inner(in + i * in_plane, at.data(), tiles, &run, 1, weights.as<T>() + i * packed, s.c, s.o,
                            nullptr, sums + i * out_plane, to.data(), false);
    });
    parallel_for(tiles, t.grain(tiles), [&](int64_t first, int64_t last) {
      const auto& kernels = winograd_tiles<T>();
      for (int64_t i = first; i < last; ++i) {
        const Place p = place_of(t, begin + i);
        kernels.output(sums + i * out_step, out_plane, s.o, bias, out + ((p.image * s.oh + p.y) * s.ow + p.x) * s.o,
                       s.ow * s.o, std::min(kSide, s.oh - p.y), std::min(kSide, s.ow - p.x), stream);
      }
    });
  });
}

template <class T>
void winograd_weight_gradient(const Convolution3x3& s, const T* x, const T* grad, T* dw) {
  const int64_t lanes = products<T>().vector_length, width = (s.o + lanes - 1) / lanes * lanes;
  const int64_t panel = products<T>().panel_width();
  const int64_t panels = (s.o + panel - 1) / panel, in_step = row_step(s.c), size = kPlanes * s.c * width;
  const Tiling t = tiling_of(s, size * int64_t(sizeof(T)) > (int64_t{1} << 20));
  const int64_t panel_step = t.group * panel, in_plane = plane_size(t.group * in_step),
                out_plane = plane_size(panels * panel_step);
  // At most 16 partial sums, each over a fixed run of groups, which are added in order. Only one if threads share a group.
  const int64_t groups = (t.tiles + t.group - 1) / t.group, most = t.within ? 1 : 16;
  const int64_t run = (groups + most - 1) / most * t.group, parts = (t.tiles + run - 1) / run;
  std::vector<int64_t> at, rows(size_t(s.c), 0);
  for (int64_t i = 0; i < t.group; ++i) at.push_back(i * in_step);
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const std::vector<T> zeros(size_t(std::max(s.c, s.o)), T(0));
  const MemoryBlock partial(size_t(parts * size) * sizeof(T));
  T* sums = partial.as<T>();
  ScratchMemory scratch(parts, size_t(kPlanes * (in_plane + out_plane)) * sizeof(T));
  parallel_for(t.tiles, run, [&](int64_t run_begin, int64_t run_end) {
    const ScratchMemory::Part part(scratch);
    T *in = part.as<T>(), *gradients = in + kPlanes * in_plane, *sum = sums + run_begin / run * size;
    if (width != s.o) std::fill_n(gradients, kPlanes * out_plane, T(0));
    for (int64_t begin = run_begin; begin < run_end; begin += t.group) {
      const int64_t tiles = std::min(t.group, run_end - begin);
      input_planes(s, t, x, zeros.data(), begin, begin + tiles, in, in_plane);
      parallel_for(tiles, t.grain(tiles), [&](int64_t first, int64_t last) {
        const auto& kernels = winograd_tiles<T>();
        const T* pixels[kSide * kSide];
        for (int64_t i = first; i < last; ++i) {
          const Place p = place_of(t, begin + i);
          find_pixels<kSide>(grad + p.image * s.oh * s.ow * s.o, s.oh, s.ow, s.o, p.y, p.x, zeros.data(), pixels);
          kernels.gradient(pixels, s.o, gradients + i * panel, out_plane, panel, panel_step);
        }
      });
      parallel_for(kPlanes, t.grain(kPlanes), [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
          products<T>().outer(in + i * in_plane, at.data(), tiles, rows.data(), s.c,
                              {gradients + i * out_plane, panel, panel_step}, width, begin > run_begin,
                              sum + i * s.c * width);
      });
    }
  });
  // dw = G^T m G of the sums m, for a few input channels at a time.
  constexpr int64_t kRows = 16;
  ScratchMemory sum_scratch(detail::chunk_count(s.c, kRows),
                            size_t((kPlanes * (parts > 1) + 9) * kRows * width) * sizeof(T));
  parallel_for(s.c, kRows, [&](int64_t begin, int64_t end) {
    const ScratchMemory::Part sum_part(sum_scratch);
    const int64_t n = (end - begin) * width;
    T *taps = sum_part.as<T>(), *full = taps + 9 * kRows * width;
    const T* from = sums + begin * width;
    int64_t plane = s.c * width;
    if (parts > 1) {
      for (int64_t i = 0; i < kPlanes; ++i)
        for (int64_t part = 0; part < parts; ++part) {
          const T* one = from + part * size + i * plane;
          T* all = full + i * n;
          for (int64_t k = 0; k < n; ++k) all[k] = part ? all[k] + one[k] : one[k];
        }
      from = full, plane = n;
    }
    winograd_tiles<T>().taps(from, plane, n, taps, n);
    for (int64_t o = 0; o < s.o; ++o)
      for (int64_t tap = 0; tap < 9; ++tap)
        for (int64_t k = begin; k < end; ++k) dw[(o * 9 + tap) * s.c + k] = taps[tap * n + (k - begin) * width + o];
  });
}

template void winograd_conv(const Convolution3x3&, const float*, const float*, const WeightSteps&, const float*,
                            float*);
template void winograd_conv(const Convolution3x3&, const double*, const double*, const WeightSteps&, const double*,
                            double*);
template void winograd_weight_gradient(const Convolution3x3&, const float*, const float*, float*);
template void winograd_weight_gradient(const Convolution3x3&, const double*, const double*, double*);

}  // namespace nce::kernels
