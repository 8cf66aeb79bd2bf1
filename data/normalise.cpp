#include "nce/data/normalise.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::data {

void Normalisation::check(const Dataset& data) const {
  for (const auto* values : {&mean, &std})
    nce::check(values->empty() || int(values->size()) == data.channels,
               "{}: a normalisation of {} channels does not fit images of {}", data.name, values->size(),
               data.channels);
  for (float value : std) nce::check(value > 0, "{}: a standard deviation of {} cannot divide", data.name, value);
}

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
  normalisation.check(data);
  Tensor out = Tensor::empty({end - begin, data.height, data.width, data.channels});
  const int64_t channels = data.channels;
  std::vector<float> table(size_t(256 * channels));  // (channels, 256): the float of each byte
  for (int c = 0; c < data.channels; ++c)
    for (int value = 0; value < 256; ++value)
      table[size_t(c * 256 + value)] = (float(value) / 255 - normalisation.mean_of(c)) / normalisation.std_of(c);
  const uint8_t* from = data.images.data() + begin * data.image_bytes();
  float* to = out.mutable_data<float>();
  parallel_for(out.numel() / channels, 1 << 14, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i)
      for (int64_t c = 0; c < channels; ++c) to[i * channels + c] = table[size_t(c * 256 + from[i * channels + c])];
  });
  return out;
}

}  // namespace nce::data
