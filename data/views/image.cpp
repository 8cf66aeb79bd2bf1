#include "nce/data/views/image.h"

#include <utility>

#include "nce/data/images/resize.h"

namespace nce::data {

Image::Image(const Dataset& data, const Picture& image, LineMemory& memory, int height, int width)
    : data_(data), memory_(memory), source_(image) {
  planes_ = {
      .height = height ? height : data.height, .width = width ? width : data.width, .channels = data.channels};
  const int64_t channels = data.channels, n = planes_.pixels() * channels;
  planes_.data = memory.floats(n + 2 * channels + (n + 3) / 4);
  scale_ = planes_.data + n, shift_ = scale_ + channels;
  rounded_ = reinterpret_cast<uint8_t*>(shift_ + channels);
}

Planes Image::planes_either_way() {
  if (std::exchange(decoded_, true)) return planes_;
  source_ = fit(source_, data_.resize_mode, data_.height, data_.width, memory_.fitted());
  if (planes_.height == source_.height && planes_.width == source_.width)
    to_planes(source_.pixels.data(), planes_);
  else
    resized_crop(source_.pixels.data(), source_.height, source_.width,
                 {.height = source_.height, .width = source_.width}, planes_);
  return planes_;
}

Planes Image::planes() {
  const Planes all = planes_either_way();
  if (std::exchange(mirrored_, false)) data::mirror(all);
  return all;
}

Box Image::whole() {
  if (decoded_) return {.height = planes_.height, .width = planes_.width};
  return {.height = source_.height, .width = source_.width};
}

void Image::crop(Box box, Interpolation interpolation) {
  const Box all = whole();
  if (mirrored_) box.left = all.width - box.left - box.width;
  if (decoded_) to_bytes(planes_, rounded_);
  resized_crop(decoded_ ? rounded_ : source_.pixels.data(), all.height, all.width, box, planes_, interpolation);
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
