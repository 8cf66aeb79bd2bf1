#include "nce/data/transforms.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::data {
namespace {

struct Crop {
  double top, left, height, width;  // in pixels
};

// As in torchvision's RandomResizedCrop: ten tries at an area and a ratio that fit, then the whole image.
Crop random_crop(int height, int width, const AugmentOptions& options, Random& random) {
  const double bound = std::log(options.ratio);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = height * width * random.uniform(float(options.min_scale), float(options.max_scale));
    const double ratio = std::exp(random.uniform(float(bound), float(-bound)));
    const double w = std::sqrt(area * ratio), h = std::sqrt(area / ratio);
    if (w <= width && h <= height)
      return {
          .top = (height - h) * random.uniform(), .left = (width - w) * random.uniform(), .height = h, .width = w};
  }
  return {.top = 0, .left = 0, .height = double(height), .width = double(width)};
}

// Where a resized row or column reads: between `first` and `second`, the latter with weight `share`.
struct Tap {
  int first, second;
  float share;
};

Tap tap_at(int i, int size, double start, double length) {
  const double at = std::clamp(start + (i + 0.5) * length / size - 0.5, 0.0, size - 1.0);
  const int first = int(at);
  return {.first = first, .second = std::min(first + 1, size - 1), .share = float(at - first)};
}

}  // namespace

Normalisation pixel_statistics(const Dataset& data) {
  check(!data.images.empty(), "{}: a data set without images has no statistics", data.name);
  int64_t counts[256] = {};
  for (uint8_t value : data.images) ++counts[value];
  double mean = 0, square = 0;
  for (int value = 0; value < 256; ++value) {
    const double share = double(counts[value]) / double(data.images.size()), x = value / 255.0;
    mean += share * x, square += share * x * x;
  }
  return {.mean = mean, .std = std::max(std::sqrt(std::max(0.0, square - mean * mean)), 1e-6)};
}

Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation) {
  check(begin >= 0 && begin <= end && end <= data.size(), "to_tensor: images {} .. {} of {} ({} images)", begin,
        end, data.name, data.size());
  Tensor out = Tensor::empty({end - begin, data.height, data.width, data.channels});
  float table[256];
  for (int value = 0; value < 256; ++value)
    table[value] = float((value / 255.0 - normalisation.mean) / normalisation.std);
  const uint8_t* from = data.images.data() + begin * data.image_bytes();
  float* to = out.mutable_data<float>();
  parallel_for(out.numel(), 1 << 16, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) to[i] = table[from[i]];
  });
  return out;
}

void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const AugmentOptions& options,
             Key key, float* out) {
  Random random(key);
  const int height = data.height, width = data.width, channels = data.channels;
  const Crop crop = random_crop(height, width, options, random);
  const bool flip = random.bernoulli(float(options.flip));
  const float jitter = float(options.jitter);
  const float brightness = random.uniform(1 - jitter, 1 + jitter),
              contrast = random.uniform(1 - jitter, 1 + jitter);

  const uint8_t* image = data.image(i).data();
  double total = 0;
  for (int y = 0; y < height; ++y) {
    const Tap row = tap_at(y, height, crop.top, crop.height);
    for (int x = 0; x < width; ++x) {
      const Tap column = tap_at(flip ? width - 1 - x : x, width, crop.left, crop.width);
      for (int c = 0; c < channels; ++c) {
        const auto pixel = [&](int r, int k) { return float(image[(r * width + k) * channels + c]); };
        const float above =
            std::lerp(pixel(row.first, column.first), pixel(row.first, column.second), column.share);
        const float below =
            std::lerp(pixel(row.second, column.first), pixel(row.second, column.second), column.share);
        const float value = std::min(brightness * std::lerp(above, below, row.share) / 255, 1.0f);
        out[(y * width + x) * channels + c] = value;
        total += value;
      }
    }
  }
  // Contrast pulls towards the mean of the brightened image, as in torchvision.
  const int64_t count = data.image_bytes();
  const float mean = float(total / double(count)), shift = float(normalisation.mean),
              scale = float(1 / normalisation.std);
  for (int64_t k = 0; k < count; ++k)
    out[k] = (std::clamp(mean + contrast * (out[k] - mean), 0.0f, 1.0f) - shift) * scale;
}

Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const AugmentOptions& options, Key key) {
  for (int index : indices)
    check(index >= 0 && index < data.size(), "augment_batch: image {} of {} ({} images)", index, data.name,
          data.size());
  Tensor out = Tensor::empty({int64_t(indices.size()), data.height, data.width, data.channels});
  float* to = out.mutable_data<float>();
  parallel_for(int64_t(indices.size()), 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      augment(data, indices[size_t(i)], normalisation, options, key.fold(uint64_t(indices[size_t(i)])),
              to + i * data.image_bytes());
  });
  return out;
}

}  // namespace nce::data
