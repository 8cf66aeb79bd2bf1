#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/dataset.h"

namespace nce::data {

/// Mean and standard deviation of each channel, for values in 0 .. 1. Empty: 0 and 1.
struct Normalisation {
  std::vector<float> mean, std;
  float mean_of(int channel) const { return mean.empty() ? 0 : mean[size_t(channel)]; }
  float std_of(int channel) const { return std.empty() ? 1 : std[size_t(channel)]; }
  /// Errors: another number of channels than the data's, a standard deviation that is not above 0.
  void check(const Dataset& data) const;
};

/// Adds to `sums`, (channels, 2), for each channel: the sum of an image's bytes, and the sum of their squares.
void add_pixel_sums(std::span<const uint8_t> pixels, std::span<uint64_t> sums);

/// The mean and standard deviation of all pixels of a set. A deviation below 1/255, the step of a byte, counts as 1.
/// Otherwise a small change of a constant channel would become very large.
Normalisation pixel_statistics(const Dataset& data);

/// Images [begin, end) as floats (n, H, W, C): (byte / 255 - mean) / std.
Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation);
/// The same for these images, in this order.
Tensor to_tensor(const Dataset& data, std::span<const int> images, const Normalisation& normalisation);

}  // namespace nce::data
