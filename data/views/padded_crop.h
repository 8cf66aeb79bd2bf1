#pragma once
#include <algorithm>
#include <cstdint>

#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// What is outside of an image: black, or the image mirrored at its border.
enum class Border { constant, reflect };

/// Moves the image up by `down` and left by `across` pixels, in place: a window of its size, moved the other way.
inline void shift(const Planes& image, int down, int across, Border border) {
  const int height = image.height, width = image.width;
  thread_local LineMemory memory;
  float* const before = memory.floats(image.pixels());
  // -1: outside.
  const auto place = [border](int i, int n) {
    if (i >= 0 && i < n) return i;
    return border == Border::constant ? -1 : std::clamp(i < 0 ? -i : 2 * n - 2 - i, 0, n - 1);
  };
  for (int c = 0; c < image.channels; ++c) {
    std::copy_n(image.plane(c), image.pixels(), before);
    for (int x = 0; x < width; ++x) {
      const int from = place(x + across, width);
      float* const to = image.column(c, x);
      for (int y = 0; y < height; ++y) {
        const int row = place(y + down, height);
        to[y] = from < 0 || row < 0 ? 0 : before[int64_t(from) * height + row];
      }
    }
  }
}

/// torchvision's RandomCrop with padding: moves the image by up to `padding` pixels in each direction.
struct RandomPaddedCrop {
  int64_t padding = 4;
  Border border = Border::constant;

  void fields(Options& o) {
    o.integer("padding", padding, "pixels by which a padded crop moves the image, at most",
              {.least = 0, .most = 1e6});
    o.choice("padding_mode", border, {"constant", "reflect"},
             "what comes in from outside: black, or the mirrored image");
  }
  /// Errors: a reflection of more than there is.
  void check(const Dataset& data) const {
    nce::check(border == Border::constant || padding < std::min(data.height, data.width),
               "views: a padding of {} cannot be reflected from images of {} x {}", padding, data.height,
               data.width);
  }
  void apply(Image& image, Random& random) const {
    const auto either_way = [&] { return int(random.below(uint32_t(2 * padding + 1))) - int(padding); };
    const int down = either_way(), across = either_way();
    if (down != 0 || across != 0) shift(image.planes(), down, across, border);
  }
};

}  // namespace nce::data
