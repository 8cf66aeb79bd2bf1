#include "nce/data/normalise.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

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

void add_pixel_sums(std::span<const uint8_t> pixels, std::span<uint64_t> sums) {
  const size_t channels = sums.size() / 2;
  for (size_t c = 0; c < channels; ++c) {
    uint64_t sum = 0, squares = 0;
    for (size_t p = c; p < pixels.size(); p += channels)
      sum += pixels[p], squares += uint64_t(pixels[p]) * pixels[p];
    sums[2 * c] += sum, sums[2 * c + 1] += squares;
  }
}

Normalisation pixel_statistics(const Dataset& data) {
  check(data.size() > 0, "{}: a data set without images has no statistics", data.name);
  const size_t channels = size_t(data.channels);
  const double pixels = double(data.size()) * data.height * data.width;
  using Sums = std::vector<uint64_t>;
  const auto add = [](Sums& to, std::span<const uint64_t> more) {
    std::transform(to.begin(), to.end(), more.begin(), to.begin(), std::plus<>());
  };
  const auto count = [&](int64_t begin, int64_t end) {
    Sums sums(channels * 2);
    std::vector<uint8_t> room;
    for (int64_t i = begin; i < end; ++i)
      if (const auto known = data.sums(i); !known.empty())
        add(sums, known);
      else
        add_pixel_sums(data.image(i, room).pixels, sums);
    return sums;
  };
  const Sums all = parallel_reduce<Sums>(data.size(), 64, Sums(channels * 2), count, [&](Sums a, Sums b) {
    add(a, b);
    return a;
  });
  Normalisation result;
  for (size_t c = 0; c < channels; ++c) {
    const double mean = double(all[2 * c]) / pixels / 255, square = double(all[2 * c + 1]) / pixels / (255 * 255);
    result.mean.push_back(float(mean));
    const double deviation = std::sqrt(std::max(0.0, square - mean * mean));
    result.std.push_back(deviation < 1 / 255.0 ? 1 : float(deviation));
  }
  return result;
}

Tensor to_tensor(const Dataset& data, std::span<const int> images, const Normalisation& normalisation) {
  normalisation.check(data);
  for (const int image : images)
    check(image >= 0 && image < data.size(), "to_tensor: image {} of {} ({} images)", image, data.name,
          data.size());
  Tensor out = Tensor::empty({int64_t(images.size()), data.height, data.width, data.channels});
  const int64_t channels = data.channels, bytes = data.image_bytes();
  std::vector<float> table(size_t(256 * channels));  // (channels, 256): the float of each byte
  for (int c = 0; c < data.channels; ++c)
    for (int value = 0; value < 256; ++value)
      table[size_t(c * 256 + value)] = (float(value) / 255 - normalisation.mean_of(c)) / normalisation.std_of(c);
  float* const floats = out.mutable_data<float>();
  parallel_for(int64_t(images.size()), 16, [&](int64_t b, int64_t e) {
    std::vector<uint8_t> room;
    for (int64_t i = b; i < e; ++i) {
      const uint8_t* from = data.image(images[size_t(i)], room).pixels.data();
      float* to = floats + i * bytes;
      for (int64_t p = 0; p < bytes; p += channels)
        for (int64_t c = 0; c < channels; ++c) to[p + c] = table[size_t(c * 256 + from[p + c])];
    }
  });
  return out;
}

Tensor to_tensor(const Dataset& data, int64_t begin, int64_t end, const Normalisation& normalisation) {
  check(begin >= 0 && begin <= end && end <= data.size(), "to_tensor: images {} .. {} of {} ({} images)", begin,
        end, data.name, data.size());
  std::vector<int> images(size_t(end - begin));
  std::iota(images.begin(), images.end(), int(begin));
  return to_tensor(data, images, normalisation);
}

}  // namespace nce::data
