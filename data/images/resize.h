#pragma once
#include <cstdint>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// Scales a picture to height x width bytes in `out`. Bilinear with antialiasing, as in Pillow and torchvision: if the
/// picture gets smaller, the triangle of the filter gets wider. Taps outside the picture are left out, and the others
/// scaled so that their sum is 1. Both passes round to bytes. Any number of channels. No size may be 0.
void resize(const Picture& picture, int height, int width, std::vector<uint8_t>& out);

/// A picture as an image of height x width (`ResizeMode`). The middle is that of torchvision's CenterCrop. A picture that
/// has this size is returned without changes. Otherwise the image is written to `room`, where the picture itself may be.
Picture fit(const Picture& picture, ResizeMode mode, int height, int width, std::vector<uint8_t>& room);

}  // namespace nce::data
