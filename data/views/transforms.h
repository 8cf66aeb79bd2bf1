#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nce/core/random.h"
#include "nce/core/tensor.h"
#include "nce/data/dataset.h"

namespace nce::data {

/// Mean and standard deviation of each channel, in units of 0 .. 1. Empty: 0 and 1.
struct Normalisation {
  std::vector<float> mean, std;
};
Normalisation pixel_statistics(const Dataset& data);

/// Images [begin, end) as floats (n, H, W, C): (pixel / 255 - mean) / std.
Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation);

/// The random views of SimCLR (Chen et al., "A Simple Framework for Contrastive Learning of Visual
/// Representations", 2020, appendix A and B.9), in this order: crop, flip, colour jitter, grey, blur. The defaults
/// are the paper's for CIFAR-10 (colour strength 0.5, no blur); `simclr_options` fits them to a data set.
struct AugmentOptions {
  /// Share of the image's area that a crop keeps, uniform between the two.
  double min_scale = 0.08, max_scale = 1;
  /// Width over height of the crop: log-uniform between ratio and 1 / ratio.
  double ratio = 0.75;
  /// Probability of a left-right flip.
  double flip = 0.5;
  /// Probability of colour jitter: brightness, contrast and saturation by factors uniform in 1 - x .. 1 + x, hue by
  /// a turn uniform in -x .. x, in random order.
  double jitter = 0.8;
  double brightness = 0.4, contrast = 0.4, saturation = 0.4, hue = 0.1;
  /// Probability that the colour is dropped. With one channel, saturation, hue and this do nothing.
  double grey = 0.2;
  /// Probability of a Gaussian blur over about a tenth of the image (3 pixels at least), sigma uniform between the
  /// two. SimCLR leaves it out for CIFAR-10.
  double blur = 0, min_sigma = 0.1, max_sigma = 2;
};

/// The options that the facts of a data set ask for: its smallest crop, and no flip where it may not be mirrored.
AugmentOptions simclr_options(const Dataset& data);

/// Throws where an option, or the normalisation of `data`, makes no sense; names it.
void check_augment(const Dataset& data, const Normalisation& normalisation, const AugmentOptions& options);

/// One random view of image `i` of `data`, written to `out`: H x W x C floats, normalised. A pure function of the
/// image and the key. Takes options as checked.
void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const AugmentOptions& options,
             Key key, float* out);

/// Views of images `indices` side by side, (n, H, W, C); the view of image i has key `key.fold(i)`, so that it does
/// not depend on the batch it is in or on the number of threads.
Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const AugmentOptions& options, Key key);
/// The same, written to `out`: n x H x W x C floats.
void augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                   const AugmentOptions& options, Key key, float* out);

}  // namespace nce::data
