#include "nce/data/views/transforms.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/data/views/pixels.h"
#include "nce/data/views/scratch.h"

namespace nce::data {
namespace {

// As in torchvision's RandomResizedCrop: ten tries at an area and a ratio that fit, then the largest rectangle of
// an allowed ratio in the middle.
Box random_crop(int height, int width, const AugmentOptions& options, Random& random) {
  const float bound = float(std::log(options.ratio));
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = double(height) * width * random.uniform(float(options.min_scale), float(options.max_scale));
    const double ratio = std::exp(random.uniform(bound, -bound));
    const int w = int(std::lround(std::sqrt(area * ratio))), h = int(std::lround(std::sqrt(area / ratio)));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const int top = int(random.below(uint32_t(height - h + 1))), left = int(random.below(uint32_t(width - w + 1)));
    return {.top = top, .left = left, .height = h, .width = w};
  }
  const int w = std::min(width, std::max(1, int(std::lround(height / options.ratio))));
  const int h = std::min(height, std::max(1, int(std::lround(width / options.ratio))));
  return {.top = (height - h) / 2, .left = (width - w) / 2, .height = h, .width = w};
}

void colour_jitter(const Planes& image, const AugmentOptions& options, Random& random) {
  int order[] = {0, 1, 2, 3};
  for (int i = 3; i > 0; --i) std::swap(order[i], order[random.below(uint32_t(i) + 1)]);
  const auto factor = [&](double x) { return random.uniform(float(1 - x), float(1 + x)); };
  const float brightness = factor(options.brightness), contrast = factor(options.contrast),
              saturation = factor(options.saturation),
              hue = random.uniform(float(-options.hue), float(options.hue));
  for (int which : order) {
    if (which == 0 && options.brightness > 0) adjust_brightness(image, brightness);
    if (which == 1 && options.contrast > 0) adjust_contrast(image, contrast);
    if (which == 2 && options.saturation > 0) adjust_saturation(image, saturation);
    if (which == 3 && options.hue > 0) adjust_hue(image, hue);
  }
}

// Asks for an image and for a view's memory before they are needed, which the hardware does not foresee: images
// come in random order, pixels are written in short pieces. Of large ones the beginning, lest it drives out the
// rest.
void prefetch(const uint8_t* image, int64_t bytes) {
  for (int64_t i = 0; i < std::min<int64_t>(bytes, 1 << 12); i += 64) __builtin_prefetch(image + i, 0);
}
void prefetch(float* view, int64_t count) {
  for (int64_t i = 0; i < std::min<int64_t>(count, 1 << 12); i += 16) __builtin_prefetch(view + i, 1);
}

// About a tenth of the image, odd, 3 at least.
int blur_size(int height, int width) { return std::max(3, std::min(height, width) / 10 / 2 * 2 + 1); }

float mean_of(const Normalisation& normalisation, int channel) {
  return normalisation.mean.empty() ? 0 : normalisation.mean[size_t(channel)];
}
float std_of(const Normalisation& normalisation, int channel) {
  return normalisation.std.empty() ? 1 : normalisation.std[size_t(channel)];
}

void check_normalisation(const Dataset& data, const Normalisation& normalisation) {
  for (const auto* values : {&normalisation.mean, &normalisation.std})
    check(values->empty() || int(values->size()) == data.channels,
          "{}: a normalisation of {} channels does not fit images of {}", data.name, values->size(), data.channels);
  for (float std : normalisation.std)
    check(std > 0, "{}: a standard deviation of {} cannot divide", data.name, std);
}

}  // namespace

Normalisation pixel_statistics(const Dataset& data) {
  check(!data.images.empty(), "{}: a data set without images has no statistics", data.name);
  const size_t channels = size_t(data.channels), pixels = data.images.size() / channels;
  Normalisation result;
  for (size_t c = 0; c < channels; ++c) {
    int64_t counts[256] = {};
    for (size_t i = c; i < data.images.size(); i += channels) ++counts[data.images[i]];
    double mean = 0, square = 0;
    for (int value = 0; value < 256; ++value) {
      const double share = double(counts[value]) / double(pixels), x = value / 255.0;
      mean += share * x, square += share * x * x;
    }
    result.mean.push_back(float(mean));
    result.std.push_back(float(std::max(std::sqrt(std::max(0.0, square - mean * mean)), 1e-6)));
  }
  return result;
}

Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation) {
  check(begin >= 0 && begin <= end && end <= data.size(), "to_tensor: images {} .. {} of {} ({} images)", begin,
        end, data.name, data.size());
  check_normalisation(data, normalisation);
  Tensor out = Tensor::empty({end - begin, data.height, data.width, data.channels});
  const int64_t channels = data.channels;
  std::vector<float> table(size_t(256 * channels));  // of each byte in each channel
  for (int c = 0; c < data.channels; ++c)
    for (int value = 0; value < 256; ++value)
      table[size_t(c * 256 + value)] = (float(value) / 255 - mean_of(normalisation, c)) / std_of(normalisation, c);
  const uint8_t* from = data.images.data() + begin * data.image_bytes();
  float* to = out.mutable_data<float>();
  parallel_for(out.numel() / channels, 1 << 14, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i)
      for (int64_t c = 0; c < channels; ++c) to[i * channels + c] = table[size_t(c * 256 + from[i * channels + c])];
  });
  return out;
}

AugmentOptions simclr_options(const Dataset& data) {
  return {.min_scale = data.smallest_crop, .flip = data.may_mirror ? 0.5 : 0};
}

void check_augment(const Dataset& data, const Normalisation& normalisation, const AugmentOptions& options) {
  check_normalisation(data, normalisation);
  check(0 < options.min_scale && options.min_scale <= options.max_scale && options.max_scale <= 1,
        "augment: scales {} .. {} must lie in 0 .. 1, the first above 0 and not above the second",
        options.min_scale, options.max_scale);
  check(0 < options.ratio && options.ratio <= 1, "augment: ratio {} must be above 0 and at most 1", options.ratio);
  const auto share = [](const char* name, double value, double most) {
    check(value >= 0 && value <= most, "augment: {} {} is outside 0 .. {}", name, value, most);
  };
  share("flip", options.flip, 1);
  share("jitter", options.jitter, 1);
  share("brightness", options.brightness, 1);
  share("contrast", options.contrast, 1);
  share("saturation", options.saturation, 1);
  share("hue", options.hue, 0.5);
  share("grey", options.grey, 1);
  share("blur", options.blur, 1);
  check(0 < options.min_sigma && options.min_sigma <= options.max_sigma,
        "augment: sigmas {} .. {} must be above 0, the first not above the second", options.min_sigma,
        options.max_sigma);
}

void augment(const Dataset& data, int64_t i, const Normalisation& normalisation, const AugmentOptions& options,
             Key key, float* out) {
  const size_t channels = size_t(data.channels);
  thread_local LineMemory memory;
  float* planes = memory.floats(data.image_bytes() + 2 * data.channels);
  const std::span scale(planes + data.image_bytes(), channels), shift(scale.data() + channels, channels);
  for (size_t c = 0; c < channels; ++c) {
    scale[c] = 1 / std_of(normalisation, int(c));
    shift[c] = -mean_of(normalisation, int(c)) * scale[c];
  }
  const Planes image{.data = planes, .height = data.height, .width = data.width, .channels = data.channels};
  Random random(key);
  resized_crop(data.image(i).data(), data.height, data.width, random_crop(data.height, data.width, options, random),
               image);
  const bool mirrored = random.bernoulli(float(options.flip));  // at the end: no step between asks where a pixel is
  if (random.bernoulli(float(options.jitter))) colour_jitter(image, options, random);
  if (random.bernoulli(float(options.grey))) rgb_to_grayscale(image);
  if (random.bernoulli(float(options.blur)))
    gaussian_blur(image, blur_size(data.height, data.width),
                  random.uniform(float(options.min_sigma), float(options.max_sigma)));
  to_pixels(image, mirrored, scale, shift, out);
}

void augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                   const AugmentOptions& options, Key key, float* out) {
  check_augment(data, normalisation, options);
  for (int index : indices)
    check(index >= 0 && index < data.size(), "augment_batch: image {} of {} ({} images)", index, data.name,
          data.size());
  parallel_for(int64_t(indices.size()), 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* view = out + i * data.image_bytes();
      prefetch(view, data.image_bytes());
      if (i + 1 < end) prefetch(data.image(indices[size_t(i + 1)]).data(), data.image_bytes());
      augment(data, indices[size_t(i)], normalisation, options, key.fold(uint64_t(indices[size_t(i)])), view);
    }
  });
}

Tensor augment_batch(const Dataset& data, std::span<const int> indices, const Normalisation& normalisation,
                     const AugmentOptions& options, Key key) {
  Tensor out = Tensor::empty({int64_t(indices.size()), data.height, data.width, data.channels});
  augment_batch(data, indices, normalisation, options, key, out.mutable_data<float>());
  return out;
}

}  // namespace nce::data
