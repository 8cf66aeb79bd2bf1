#include "nce/data/views/image.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nce::data {

Image::Image(const Dataset& data, int64_t i, LineMemory& memory) : data_(data), bytes_(data.image(i).data()) {
  const int64_t n = data.image_bytes(), channels = data.channels;
  float* floats = memory.floats(n + 2 * channels + (n + 3) / 4);
  planes_ = {.data = floats, .height = data.height, .width = data.width, .channels = data.channels};
  scale_ = floats + n, shift_ = scale_ + channels;
  rounded_ = reinterpret_cast<uint8_t*>(shift_ + channels);
}

Planes Image::planes_either_way() {
  if (!std::exchange(decoded_, true)) to_planes(bytes_, planes_);
  return planes_;
}

Planes Image::planes() {
  const Planes all = planes_either_way();
  if (std::exchange(mirrored_, false)) data::mirror(all);
  return all;
}

void Image::crop(Box box) {
  if (mirrored_) box.left = planes_.width - box.left - box.width;
  if (decoded_) {
    uint8_t* to = rounded_;
    for (int y = 0; y < planes_.height; ++y)
      for (int x = 0; x < planes_.width; ++x)
        for (int c = 0; c < planes_.channels; ++c)
          *to++ = uint8_t(std::lround(255 * std::clamp(planes_.column(c, x)[y], 0.0f, 1.0f)));
    bytes_ = rounded_;
  }
  resized_crop(bytes_, planes_.height, planes_.width, box, planes_);
  decoded_ = true;
}

void Image::write(const Normalisation& normalisation, float* out) {
  const size_t channels = size_t(planes_.channels);
  for (size_t c = 0; c < channels; ++c) {
    scale_[c] = 1 / normalisation.std_of(int(c));
    shift_[c] = -normalisation.mean_of(int(c)) * scale_[c];
  }
  to_pixels(planes_either_way(), mirrored_, {scale_, channels}, {shift_, channels}, out);
}

}  // namespace nce::data
