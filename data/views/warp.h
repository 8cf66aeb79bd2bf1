#pragma once
#include "nce/data/views/planes.h"

namespace nce::data {

/// Takes each pixel from another place of the image, in place: pixel i, at `column(0, 0)[i]`, from (ys[i], xs[i]), in
/// pixels. Bilinear; outside the image is `fill`. With fill 0 it is the same as torchvision's. (For other fills,
/// torchvision counts the border twice.)
void sample(const Planes& image, const float* ys, const float* xs, float fill);

/// An affine change, in torchvision's terms. In this order: move the centre to 0, shear, scale, rotate, move back, move
/// by (right, down).
struct Affine {
  double degrees = 0;                        ///< Clockwise.
  double right = 0, down = 0;                ///< Pixels.
  double scale = 1;                          ///< Above 1: larger.
  double shear_x = 0, shear_y = 0;           ///< Degrees, within -90 .. 90.
  double centre_right = 0, centre_down = 0;  ///< The point that stays where it is, from the middle, in pixels.
};

/// Turns, moves, scales and shears the image, in place.
void warp(const Planes& image, const Affine& by, float fill);

}  // namespace nce::data
