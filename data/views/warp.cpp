#include "nce/data/views/warp.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/data/views/scratch.h"

namespace nce::data {
namespace {

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// A row of the matrix that gives for a pixel of the result its place in the image, both from the middle.
struct Row {
  double x, y, shift;
};
struct Inverse {
  Row x, y;
};

// The linear part is scale R(degrees) S, as in torchvision. R is a rotation. The y axis is sheared first:
// S = [1, 0; -tan(shear_y), 1] [1, -tan(shear_x); 0, 1] after a rotation by shear_y and a stretch.
Inverse inverse_of(const Affine& by) {
  const double turn = radians(by.degrees), across = radians(by.shear_x), along = radians(by.shear_y);
  const double cosine = std::cos(turn - along) / std::cos(along), sine = std::sin(turn - along) / std::cos(along);
  const double a = cosine, b = -cosine * std::tan(across) - std::sin(turn);
  const double c = sine, d = -sine * std::tan(across) + std::cos(turn);
  // The determinant of [a, b; c, d] is 1.
  const double right = by.right + by.centre_right, down = by.down + by.centre_down;
  Inverse inverse{.x = {d / by.scale, -b / by.scale, by.centre_right},
                  .y = {-c / by.scale, a / by.scale, by.centre_down}};
  for (Row* row : {&inverse.x, &inverse.y}) row->shift -= row->x * right + row->y * down;
  return inverse;
}

}  // namespace

void sample(const Planes& image, const float* ys, const float* xs, float fill) {
  // A border of `fill` around the image, one pixel before and two after it, so that no tap is outside.
  const int64_t n = image.pixels(), tall = image.height + 3, framed = tall * (image.width + 3);
  thread_local LineMemory memory;
  float* const from = memory.floats(framed + 3 * n);
  float *const down = from + framed, *const across = down + n;
  int32_t* const at = reinterpret_cast<int32_t*>(across + n);
  for (int64_t i = 0; i < n; ++i) {
    const float y = std::clamp(ys[i], -1.0f, float(image.height)) + 1,
                x = std::clamp(xs[i], -1.0f, float(image.width)) + 1;
    const int row = int(y), column = int(x);
    down[i] = y - float(row), across[i] = x - float(column);
    at[i] = int32_t(column * tall + row);
  }
  std::fill_n(from, framed, fill);
  for (int c = 0; c < image.channels; ++c) {
    for (int x = 0; x < image.width; ++x) std::copy_n(image.column(c, x), image.height, from + (x + 1) * tall + 1);
    float* const to = image.plane(c);
    for (int64_t i = 0; i < n; ++i) {
      const float *const left = from + at[i], *const right = left + tall;
      const float near = left[0] + down[i] * (left[1] - left[0]), far = right[0] + down[i] * (right[1] - right[0]);
      to[i] = near + across[i] * (far - near);
    }
  }
}

void warp(const Planes& image, const Affine& by, float fill) {
  const Inverse inverse = inverse_of(by);
  const double middle_x = (image.width - 1) / 2.0, middle_y = (image.height - 1) / 2.0;
  thread_local LineMemory memory;
  float* const ys = memory.floats(2 * image.pixels());
  float* const xs = ys + image.pixels();
  for (int x = 0; x < image.width; ++x) {
    const double right = x - middle_x;
    const double from_x = inverse.x.x * right - inverse.x.y * middle_y + inverse.x.shift + middle_x;
    const double from_y = inverse.y.x * right - inverse.y.y * middle_y + inverse.y.shift + middle_y;
    const int64_t column = int64_t(x) * image.height;
    for (int y = 0; y < image.height; ++y) {
      xs[column + y] = float(from_x + inverse.x.y * y);
      ys[column + y] = float(from_y + inverse.y.y * y);
    }
  }
  sample(image, ys, xs, fill);
}

}  // namespace nce::data
