#pragma once
#include <cstdint>
#include <span>

#include "nce/core/random.h"
#include "nce/core/tensor.h"
#include "nce/data/dataset.h"

namespace nce::data {

/// Mean and standard deviation of all pixels of a data set, in units of 0 .. 1.
struct Normalisation {
  double mean = 0, std = 1;
};
Normalisation pixel_statistics(const Dataset& data);

/// Images [begin, end) as floats (n, H, W, C): (pixel / 255 - mean) / std.
Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation);

struct AugmentOptions {
  /// Share of the image's area that a crop keeps: uniform between the two. SimCLR uses 0.08 .. 1 for photographs;
  /// digits lose their meaning below about half.
  double min_scale = 0.4, max_scale = 1;
  /// Width over height of the crop: log-uniform between ratio and 1 / ratio.
  double ratio = 0.75;
  /// Probability of a left-right flip; 0 for digits and letters.
  double flip = 0;
  /// Brightness and contrast are scaled by factors uniform in 1 - jitter .. 1 + jitter.
  double jitter = 0.4;
};

/// One random view of image `i` of `data`, written to `out` (H x W x C floats, normalised): a random crop resized
/// to the whole image by bilinear interpolation, a flip, brightness and contrast. A pure function of the image and
/// the key.
void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const AugmentOptions& options,
             Key key, float* out);

/// Views of images `indices` side by side, (n, H, W, C); the view of image i has key `key.fold(i)`, so that it does
/// not depend on the batch it is in or on the number of threads.
Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const AugmentOptions& options, Key key);

}  // namespace nce::data
