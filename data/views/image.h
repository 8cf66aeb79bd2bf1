#pragma once
#include <cstdint>

#include "nce/data/dataset.h"
#include "nce/data/normalise.h"
#include "nce/data/views/planes.h"
#include "nce/data/views/scratch.h"

namespace nce::data {

/// One image while transforms change it. It always has the size of the view: (height, width, channels).
///
/// Work is done only when it is needed, so that several transforms run as one. At first the image is the bytes of the
/// data set, and a crop as the first transform reads these. `mirror` moves no pixel: `write` mirrors while it writes,
/// and `planes` if it must.
class Image {
 public:
  /// Image i of `data`, for a view of height x width; 0: the size of the set. Both `data` and `memory` must outlive it.
  Image(const Dataset& data, int64_t i, LineMemory& memory, int height = 0, int width = 0)
      : Image(data, data.whole(i, memory.picture()), memory, height, width) {}
  /// The same for a picture that is already there: `data.whole(i, room)`. It must stay where it is.
  Image(const Dataset& data, const Picture& image, LineMemory& memory, int height = 0, int width = 0);
  Image(const Dataset&&, int64_t, LineMemory&, int = 0, int = 0) = delete;

  /// The data set of the image. Its facts are defaults of transforms.
  const Dataset& data() const { return data_; }
  int height() const { return planes_.height; }
  int width() const { return planes_.width; }
  int channels() const { return planes_.channels; }
  /// The values, to change in place. Pixel (y, x) of channel c is `planes().column(c, x)[y]`.
  Planes planes();
  /// The same, but left and right may be swapped: for transforms that treat both sides alike.
  Planes planes_either_way();
  /// What `crop` takes a part of: the picture, or after another transform the image.
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
  Picture source_;  // from the set; scaled to the size of the set if the first transform is no crop
  Planes planes_;
  float *scale_, *shift_;  // a float for each channel
  uint8_t* rounded_;       // (H, W, C)
  bool decoded_ = false, mirrored_ = false;
};

}  // namespace nce::data
