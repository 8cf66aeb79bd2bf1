#include "nce/data/images/resize.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"

namespace nce::data {
namespace {

// The pixels that result i is made of: `count[i]` of them, the first is `first[i]`, with weights from `weights[i * most]` on.
struct Taps {
  Taps(int from, int to) : first(size_t(to)), count(size_t(to)) {
    const double scale = double(from) / to, reach = std::max(scale, 1.0);
    most = int(std::ceil(reach)) * 2 + 1;
    weights.resize(size_t(to) * size_t(most));
    for (int i = 0; i < to; ++i) {
      const double centre = (i + 0.5) * scale;
      const int low = std::max(0, int(centre - reach + 0.5)), high = std::min(from, int(centre + reach + 0.5));
      float* const of_this = &weights[size_t(i) * size_t(most)];
      double sum = 0;
      for (int k = low; k < high; ++k) sum += std::max(0.0, 1 - std::abs((k + 0.5 - centre) / reach));
      for (int k = low; k < high; ++k)
        of_this[k - low] = float(std::max(0.0, 1 - std::abs((k + 0.5 - centre) / reach)) / sum);
      first[size_t(i)] = low, count[size_t(i)] = high - low;
    }
  }
  std::vector<int> first, count;
  std::vector<float> weights;
  int most;
};

uint8_t rounded(float value) { return uint8_t(std::clamp(value + 0.5f, 0.0f, 255.0f)); }

// (height, width, channels) -> (height, to, channels)
void across(const uint8_t* from, int height, int width, int channels, int to, uint8_t* out) {
  const Taps taps(width, to);
  for (int y = 0; y < height; ++y, from += int64_t(width) * channels)
    for (int x = 0; x < to; ++x) {
      const float* const weights = &taps.weights[size_t(x) * size_t(taps.most)];
      const uint8_t* const row = from + int64_t(taps.first[size_t(x)]) * channels;
      const int count = taps.count[size_t(x)];
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (int k = 0; k < count; ++k) sum += weights[k] * float(row[k * channels + c]);
        *out++ = rounded(sum);
      }
    }
}

// (height, length) -> (to, length)
void down(const uint8_t* from, int height, int64_t length, int to, uint8_t* out) {
  const Taps taps(height, to);
  thread_local std::vector<float> sums;
  sums.resize(size_t(length));
  for (int y = 0; y < to; ++y) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int k = 0; k < taps.count[size_t(y)]; ++k) {
      const float weight = taps.weights[size_t(y) * size_t(taps.most) + size_t(k)];
      const uint8_t* const row = from + (taps.first[size_t(y)] + k) * length;
      for (int64_t i = 0; i < length; ++i) sums[size_t(i)] += weight * float(row[i]);
    }
    for (int64_t i = 0; i < length; ++i) *out++ = rounded(sums[size_t(i)]);
  }
}

// Copies the middle of `from` (or all of it) to the middle of `out`, whose size is given. The rest is black.
void centre(const Picture& from, int height, int width, std::vector<uint8_t>& out) {
  out.assign(size_t(height) * size_t(width) * size_t(from.channels), 0);
  const int rows = std::min(height, from.height), columns = std::min(width, from.width);
  // Half of the difference, rounded as in Python: 0.5 to the even number.
  const auto start = [](int much, int part) { return std::max(0, int(std::nearbyint((much - part) / 2.0))); };
  const int from_top = start(from.height, rows), from_left = start(from.width, columns);
  const int to_top = (height - rows) / 2, to_left = (width - columns) / 2;
  for (int y = 0; y < rows; ++y)
    std::copy_n(from.pixels.data() + (int64_t(from_top + y) * from.width + from_left) * from.channels,
                columns * from.channels, out.data() + (int64_t(to_top + y) * width + to_left) * from.channels);
}

}  // namespace

void resize(const Picture& picture, int height, int width, std::vector<uint8_t>& out) {
  check(picture.height > 0 && picture.width > 0 && height > 0 && width > 0,
        "resize: there are no pixels in {} x {} or {} x {}", picture.height, picture.width, height, width);
  const int64_t length = int64_t(width) * picture.channels;
  thread_local std::vector<uint8_t> between;
  const uint8_t* wide = picture.pixels.data();
  if (width != picture.width) {
    between.resize(size_t(picture.height * length));
    across(wide, picture.height, picture.width, picture.channels, width, between.data());
    wide = between.data();
  }
  out.resize(size_t(height * length));
  if (height == picture.height)
    std::copy_n(wide, height * length, out.data());
  else
    down(wide, picture.height, length, height, out.data());
}

Picture fit(const Picture& picture, ResizeMode mode, int height, int width, std::vector<uint8_t>& room) {
  if (picture.height == height && picture.width == width) return picture;
  thread_local std::vector<uint8_t> scaled;
  if (mode == ResizeMode::squash) {
    resize(picture, height, width, scaled);
    room.swap(scaled);
    return {height, width, picture.channels, room};
  }
  const double tall = double(height) / picture.height, wide = double(width) / picture.width;
  const double scale = mode == ResizeMode::crop ? std::max(tall, wide) : std::min(tall, wide);
  // One side is exact, the other is cut to whole pixels, as torchvision does.
  const bool by_height = scale == tall;
  const int rows = by_height ? height : std::max(1, int(int64_t(picture.height) * width / picture.width));
  const int columns = by_height ? std::max(1, int(int64_t(picture.width) * height / picture.height)) : width;
  resize(picture, rows, columns, scaled);
  centre({rows, columns, picture.channels, scaled}, height, width, room);
  return {height, width, picture.channels, room};
}

}  // namespace nce::data
