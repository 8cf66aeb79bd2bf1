#pragma once
#include <cstdint>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// Scales a picture to height x width bytes, written to `out`. Bilinear with antialiasing, as Pillow and torchvision do
/// it: the triangle of the filter grows with the reduction, taps outside are dropped and the others sum to one. Each of
/// the two passes rounds to bytes. `channels` may be any. No size may be 0.
void resize(const Picture& picture, int height, int width, std::vector<uint8_t>& out);

/// A picture as an image of height x width (`ResizeMode`). The middle is torchvision's CenterCrop. A picture of this size
/// comes back as it is; another one is written to `room`, where it may lie itself.
Picture fit(const Picture& picture, ResizeMode mode, int height, int width, std::vector<uint8_t>& room);

}  // namespace nce::data
