#pragma once
#include "nce/data/views/planes.h"

namespace nce::data {

/// Takes each pixel from another place of the image, in place: pixel i, at `column(0, 0)[i]`, from (ys[i], xs[i]), in pixels.
/// Bilinear; around the image is `fill`. (torchvision's sampler where fill is 0; elsewhere it weighs the border twice.)
void sample(const Planes& image, const float* ys, const float* xs, float fill);

/// What an affine change does, in torchvision's terms, in this order from right to left: move to the centre, shear, scale,
/// turn, move back, move on.
struct Affine {
  double degrees = 0;                        ///< Clockwise.
  double right = 0, down = 0;                ///< Pixels.
  double scale = 1;                          ///< Above 1: larger.
  double shear_x = 0, shear_y = 0;           ///< Degrees, within -90 .. 90.
  double centre_right = 0, centre_down = 0;  ///< What stays where it is, from the middle, in pixels.
};

/// Turns, moves, scales and shears the image, in place.
void warp(const Planes& image, const Affine& by, float fill);

}  // namespace nce::data
