#pragma once
#include <cstdint>

#include "nce/data/dataset.h"
#include "nce/data/normalise.h"
#include "nce/data/views/planes.h"
#include "nce/data/views/scratch.h"

namespace nce::data {

/// One image while transforms change it. All of them keep its size, that of the view: (height, width, channels).
///
/// Work waits until it is needed, and so SimCLR's list of transforms runs fused. The image starts as the data set's
/// bytes, and a crop that comes first reads these. `mirror` moves nothing: `write` mirrors at no cost, `planes` at
/// need.
class Image {
 public:
  /// Image i of `data`, for a view of height x width; 0: the size of the set. Both `data` and `memory` must outlive it.
  Image(const Dataset& data, int64_t i, LineMemory& memory, int height = 0, int width = 0)
      : Image(data, data.whole(i, memory.picture()), memory, height, width) {}
  /// The same of a picture that was fetched before: `data.whole(i, room)`. It must stay where it is.
  Image(const Dataset& data, const Picture& image, LineMemory& memory, int height = 0, int width = 0);
  Image(const Dataset&&, int64_t, LineMemory&, int = 0, int = 0) = delete;

  /// The set that it comes from: its facts are defaults of transforms.
  const Dataset& data() const { return data_; }
  int height() const { return planes_.height; }
  int width() const { return planes_.width; }
  int channels() const { return planes_.channels; }
  /// The values, to change in place. Pixel (y, x) of channel c is `planes().column(c, x)[y]`.
  Planes planes();
  /// The same, but left and right may be swapped: for transforms that treat both sides alike.
  Planes planes_either_way();
  /// All that `crop` may take a part of: the picture as it came, or after another transform the image.
  Box whole();
  /// Resizes the part `box` of `whole()` to the size of the view. After another transform it rounds the values to bytes
  /// first.
  void crop(Box box, Interpolation interpolation = Interpolation::bicubic);
  /// Swaps left and right.
  void mirror() { mirrored_ = !mirrored_; }
  /// Writes pixels (H, W, C): (x - mean) / std for each channel.
  void write(const Normalisation& normalisation, float* out);

 private:
  const Dataset& data_;
  LineMemory& memory_;
  Picture source_;  // as the set gives it; fitted to the size of the set where no crop came first
  Planes planes_;
  float *scale_, *shift_;  // a float a channel
  uint8_t* rounded_;       // (H, W, C)
  bool decoded_ = false, mirrored_ = false;
};

}  // namespace nce::data
