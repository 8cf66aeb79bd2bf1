#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nce/core/kernels/products.h"
#include "nce/core/ops/conv.h"

// Padded images for convolutions. A frame is an image with its border of zeros. A group of images is copied into frames
// that fit in L2, and the patches are read there. Images without padding are not copied.
namespace nce::detail {

struct Frame {  // (height, width, c); the image (h, w, c) starts at (top, left)
  int64_t h, w, c, top = 0, left = 0, height, width;
  int64_t image_size() const { return h * w * c; }
  int64_t size() const { return height * width * c; }
  bool is_image() const { return height == h && width == w; }
};

/// `count` framed images: `images` themselves without a border, otherwise a copy in `scratch`.
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

/// The number of images in a group: enough pixels to fill register tiles, and few enough to stay in L2.
inline int64_t group_size(const Frame& f, int64_t n, int64_t pixels, size_t element) {
  const int64_t enough = (256 + pixels - 1) / std::max<int64_t>(pixels, 1);
  const int64_t fit = int64_t((size_t{256} << 10) / element) / std::max<int64_t>(f.size(), 1);
  return std::clamp<int64_t>(std::min(enough, fit), 1, std::max<int64_t>(n, 1));
}

/// Appends a run of elements, or makes the last one longer if they are neighbours.
inline void append(std::vector<kernels::Run>& runs, int64_t offset, int64_t length) {
  if (!runs.empty() && runs.back().offset + runs.back().length == offset)
    runs.back().length += length;
  else
    runs.push_back({offset, length});
}

inline Frame input_frame(const Convolution& g) {
  return {.h = g.h,
          .w = g.w,
          .c = g.c,
          .top = g.options.padding.h,
          .left = g.options.padding.w,
          .height = g.h + 2 * g.options.padding.h,
          .width = g.w + 2 * g.options.padding.w};
}

/// Where the patch of each output pixel starts in a frame.
inline std::vector<int64_t> patch_starts(const Convolution& g, const Frame& f) {
  std::vector<int64_t> at;
  for (int64_t y = 0; y < g.oh; ++y)
    for (int64_t x = 0; x < g.ow; ++x)
      at.push_back((y * g.options.stride.h * f.width + x * g.options.stride.w) * g.c);
  return at;
}

/// A patch as runs of elements from its start, for the channels of group `group`, in the order of the weight.
inline std::vector<kernels::Run> patch_runs(const Convolution& g, const Frame& f, int64_t group) {
  std::vector<kernels::Run> runs;
  for (int64_t ky = 0; ky < g.kh; ++ky)
    for (int64_t kx = 0; kx < g.kw; ++kx)
      append(runs, (ky * g.options.dilation.h * f.width + kx * g.options.dilation.w) * g.c + group * g.group_in(),
             g.group_in());
  return runs;
}

}  // namespace nce::detail
