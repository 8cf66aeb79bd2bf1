#include "nce/data/pixels.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"

// The loops are written for the vectoriser: planes, no branches, and selections between values already computed.

namespace nce::data {
namespace {

constexpr float kRed = 0.2989f, kGreen = 0.587f, kBlue = 0.114f;

float clamp01(float x) {
  const float low = x < 0 ? 0.0f : x;
  return low > 1 ? 1.0f : low;
}

/// Memory of this thread, kept between calls: transforms allocate nothing once it has grown.
float* scratch(size_t count) {
  thread_local std::vector<float> memory;
  if (memory.size() < count) memory.resize(count);
  return memory.data();
}

// Mean of the grey image, summed row by row in eight lanes: an order that no compiler or machine changes.
float grey_mean(const Planes& image) {
  const int64_t n = image.pixels();
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += 1024) {
    const int64_t end = std::min(n, begin + 1024);
    float lanes[8] = {};
    int64_t i = begin;
    if (image.channels == 3) {
      const float *r = image.plane(0), *g = image.plane(1), *b = image.plane(2);
      for (; i + 8 <= end; i += 8)
        for (int64_t k = 0; k < 8; ++k) lanes[k] += kRed * r[i + k] + kGreen * g[i + k] + kBlue * b[i + k];
      for (; i < end; ++i) lanes[0] += kRed * r[i] + kGreen * g[i] + kBlue * b[i];
    } else {
      for (; i + 8 <= end; i += 8)
        for (int64_t k = 0; k < 8; ++k) lanes[k] += image.data[i + k];
      for (; i < end; ++i) lanes[0] += image.data[i];
    }
    for (float lane : lanes) total += double(lane);
  }
  return float(total / double(n));
}

// Where a resized row or column reads, and with which weights.
struct Taps {
  int at[4];
  float weight[4];
};

float cubic(float x) {  // Keys' kernel, a = -0.5
  x = std::abs(x);
  if (x < 1) return (1.5f * x - 2.5f) * x * x + 1;
  if (x < 2) return ((-0.5f * x + 2.5f) * x - 4) * x + 2;
  return 0;
}

void bicubic_taps(int from, int to, float scale, Taps* taps) {
  for (int i = 0; i < to; ++i) {
    const float centre = (float(i) + 0.5f) * float(from) / float(to);
    const int first = int(std::floor(centre - 1.5f));
    float sum = 0;
    for (int k = 0; k < 4; ++k) {
      const int at = first + k;
      taps[i].at[k] = std::clamp(at, 0, from - 1);
      taps[i].weight[k] = at < 0 || at >= from ? 0.0f : cubic(float(at) + 0.5f - centre);
      sum += taps[i].weight[k];
    }
    for (float& weight : taps[i].weight) weight *= scale / sum;
  }
}

}  // namespace

void adjust_brightness(const Planes& image, float factor) {
  float* x = image.data;
  const int64_t n = image.channels * image.pixels();
  for (int64_t i = 0; i < n; ++i) x[i] = clamp01(factor * x[i]);
}

void adjust_contrast(const Planes& image, float factor) {
  const float shift = (1 - factor) * grey_mean(image);
  float* x = image.data;
  const int64_t n = image.channels * image.pixels();
  for (int64_t i = 0; i < n; ++i) x[i] = clamp01(factor * x[i] + shift);
}

void adjust_saturation(const Planes& image, float factor) {
  if (image.channels != 3) return;
  float *red = image.plane(0), *green = image.plane(1), *blue = image.plane(2);
  const int64_t n = image.pixels();
  for (int64_t i = 0; i < n; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float shift = (1 - factor) * (kRed * r + kGreen * g + kBlue * b);
    red[i] = clamp01(factor * r + shift);
    green[i] = clamp01(factor * g + shift);
    blue[i] = clamp01(factor * b + shift);
  }
}

void adjust_hue(const Planes& image, float shift) {
  if (image.channels != 3) return;
  float *red = image.plane(0), *green = image.plane(1), *blue = image.plane(2);
  const int64_t n = image.pixels();
  const float turn = 6 * shift + (shift < 0 ? 6.0f : 0.0f);
  for (int64_t i = 0; i < n; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float rg = r > g ? r : g, value = rg > b ? rg : b;
    const float gr = r < g ? r : g, least = gr < b ? gr : b;
    const float chroma = value - least;
    // The hue in sixths of the circle, -1 .. 5. Without chroma any hue gives the same grey.
    const float inverse = 1 / (chroma > 0 ? chroma : 1.0f);
    const float from_red = (g - b) * inverse, from_green = 2 + (b - r) * inverse, from_blue = 4 + (r - g) * inverse;
    const float not_red = g == value ? from_green : from_blue;
    float hue = (r == value ? from_red : not_red) + turn;  // -1 .. 11
    hue = hue < 0 ? hue + 6 : hue;
    hue = hue >= 6 ? hue - 6 : hue;
    // HSV to RGB without cases: channel = value - chroma clamp(min(k, 4 - k), 0, 1), k = (5, 3, 1) + hue mod 6.
    const auto channel = [&](float offset) {
      float k = offset + hue;
      k = k >= 6 ? k - 6 : k;
      const float mirrored = 4 - k;
      return value - chroma * clamp01(k < mirrored ? k : mirrored);
    };
    red[i] = channel(5);
    green[i] = channel(3);
    blue[i] = channel(1);
  }
}

void rgb_to_grayscale(const Planes& image) {
  if (image.channels != 3) return;
  float *red = image.plane(0), *green = image.plane(1), *blue = image.plane(2);
  const int64_t n = image.pixels();
  for (int64_t i = 0; i < n; ++i) {
    const float grey = kRed * red[i] + kGreen * green[i] + kBlue * blue[i];
    red[i] = green[i] = blue[i] = grey;
  }
}

void gaussian_blur(const Planes& image, int size, float sigma) {
  const int radius = size / 2, height = image.height, width = image.width;
  check(size % 2 == 1 && radius < std::min(height, width) && sigma > 0,
        "gaussian_blur: {} taps of sigma {} do not fit an image of {} x {}", size, sigma, height, width);
  float* weights = scratch(size_t(size) + size_t(image.pixels()));
  float* rows = weights + size;
  float sum = 0;
  for (int k = -radius; k <= radius; ++k) {
    const float x = float(k) / sigma;
    sum += weights[k + radius] = std::exp(-0.5f * x * x);
  }
  for (int k = 0; k < size; ++k) weights[k] /= sum;
  const auto reflected = [](int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  for (int c = 0; c < image.channels; ++c) {
    float* x = image.plane(c);
    std::fill_n(rows, image.pixels(), 0.0f);
    for (int y = 0; y < height; ++y)
      for (int k = -radius; k <= radius; ++k) {
        const float* from = x + reflected(y + k, height) * width;
        const float weight = weights[k + radius];
        for (int i = 0; i < width; ++i) rows[y * width + i] += weight * from[i];
      }
    for (int y = 0; y < height; ++y)
      for (int i = 0; i < width; ++i) {
        float total = 0;
        for (int k = -radius; k <= radius; ++k)
          total += weights[k + radius] * rows[y * width + reflected(i + k, width)];
        x[y * width + i] = total;
      }
  }
}

void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out) {
  check(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 && box.top + box.height <= height &&
            box.left + box.width <= width && box.height <= out.height && box.width <= out.width,
        "resized_crop: a box of {} x {} at ({}, {}) does not lie in an image of {} x {}, or is larger than the {} "
        "x {} "
        "it is to fill",
        box.height, box.width, box.top, box.left, height, width, out.height, out.width);
  thread_local std::vector<Taps> taps;
  taps.resize(size_t(out.width) + size_t(out.height));
  Taps *columns = taps.data(), *lines = columns + out.width;
  bicubic_taps(box.width, out.width, 1.0f / 255, columns);
  bicubic_taps(box.height, out.height, 1, lines);

  const int channels = out.channels, wide = out.width;
  float* rows = scratch(size_t(box.height) * size_t(wide) * size_t(channels));  // each channel's box rows, widened
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < box.height; ++y) {
      const uint8_t* from = image + (int64_t(box.top + y) * width + box.left) * channels + c;
      float* to = rows + (int64_t(c) * box.height + y) * wide;
      for (int x = 0; x < wide; ++x) {
        const Taps& t = columns[x];
        to[x] = t.weight[0] * float(from[t.at[0] * channels]) + t.weight[1] * float(from[t.at[1] * channels]) +
                t.weight[2] * float(from[t.at[2] * channels]) + t.weight[3] * float(from[t.at[3] * channels]);
      }
    }
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < out.height; ++y) {
      const Taps& t = lines[y];
      const float* base = rows + int64_t(c) * box.height * wide;
      const float *r0 = base + t.at[0] * wide, *r1 = base + t.at[1] * wide, *r2 = base + t.at[2] * wide,
                  *r3 = base + t.at[3] * wide;
      const float w0 = t.weight[0], w1 = t.weight[1], w2 = t.weight[2], w3 = t.weight[3];
      float* to = out.plane(c) + int64_t(y) * wide;
      for (int x = 0; x < wide; ++x) to[x] = clamp01(w0 * r0[x] + w1 * r1[x] + w2 * r2[x] + w3 * r3[x]);
    }
}

}  // namespace nce::data
