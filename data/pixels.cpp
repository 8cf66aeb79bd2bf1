#include "nce/data/pixels.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"

// The loops are written for the vectoriser: planes, no branches, and selections between constants or values at hand
// alone (an arithmetic operation in one arm would be a branch). Each is compiled for AVX2 too, and the CPU chooses;
// without fused multiply-add, so that both give the same bits. (The sanitizers cannot follow such a choice, which
// happens before they start.)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define NCE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define NCE_VECTORS
#endif

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

// Mean of the grey image, summed in eight lanes, 1024 pixels at a time: an order that no compiler or machine
// changes.
NCE_VECTORS float grey_mean(const Planes& image) {
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

// The sum of four rows of `length`, weighted.
NCE_VECTORS void blend_rows(const float* rows, int64_t length, const Taps& taps, float* __restrict to) {
  const float *r0 = rows + taps.at[0] * length, *r1 = rows + taps.at[1] * length, *r2 = rows + taps.at[2] * length,
              *r3 = rows + taps.at[3] * length;
  const float w0 = taps.weight[0], w1 = taps.weight[1], w2 = taps.weight[2], w3 = taps.weight[3];
  for (int64_t i = 0; i < length; ++i) to[i] = w0 * r0[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i];
}

NCE_VECTORS void clamp_all(float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) x[i] = clamp01(x[i]);
}

}  // namespace

NCE_VECTORS void adjust_brightness(const Planes& image, float factor) {
  float* x = image.data;
  const int64_t n = image.channels * image.pixels();
  for (int64_t i = 0; i < n; ++i) x[i] = clamp01(factor * x[i]);
}

NCE_VECTORS void adjust_contrast(const Planes& image, float factor) {
  const float shift = (1 - factor) * grey_mean(image);
  float* x = image.data;
  const int64_t n = image.channels * image.pixels();
  for (int64_t i = 0; i < n; ++i) x[i] = clamp01(factor * x[i] + shift);
}

NCE_VECTORS void adjust_saturation(const Planes& image, float factor) {
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

NCE_VECTORS void adjust_hue(const Planes& image, float shift) {
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
    const float is_red = r == value ? 1.0f : 0.0f, is_green = (g == value ? 1.0f : 0.0f) * (1 - is_red);
    const float is_blue = 1 - is_red - is_green;
    const float ahead = is_red * (g - b) + is_green * (b - r) + is_blue * (r - g);
    float hue = ahead / (chroma + (chroma > 0 ? 0.0f : 1.0f)) + 2 * is_green + 4 * is_blue + turn;  // -1 .. 11
    hue += hue < 0 ? 6.0f : 0.0f;
    hue += hue >= 6 ? -6.0f : 0.0f;
    // HSV to RGB without cases: channel = value - chroma clamp(2 - |k - 2|, 0, 1), k = (5, 3, 1) + hue mod 6.
    const auto channel = [&](float offset) {
      float k = offset + hue;
      k += k >= 6 ? -6.0f : 0.0f;
      const float t = 2 - std::abs(k - 2);
      return value - chroma * 0.5f * (std::abs(t) - std::abs(t - 1) + 1);  // clamped without a comparison
    };
    red[i] = channel(5);
    green[i] = channel(3);
    blue[i] = channel(1);
  }
}

NCE_VECTORS void rgb_to_grayscale(const Planes& image) {
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

  // Both passes run along contiguous memory: across the box's rows on columns laid out one after the other, then,
  // turned back, along the rows. Columns are padded to whole vectors.
  const int64_t tall = (box.height + 7) / 8 * 8, wide = out.width;
  float* memory = scratch(size_t(tall * (box.width + 2 * wide)));
  float *source = memory, *stretched = source + tall * box.width, *turned = stretched + tall * wide;
  for (int c = 0; c < out.channels; ++c) {
    for (int64_t y = 0; y < box.height; ++y) {
      const uint8_t* from = image + ((box.top + y) * width + box.left) * out.channels + c;
      for (int64_t x = 0; x < box.width; ++x) source[x * tall + y] = float(from[x * out.channels]);
    }
    for (int64_t x = 0; x < wide; ++x) blend_rows(source, tall, columns[x], stretched + x * tall);
    for (int64_t y = 0; y < box.height; ++y)
      for (int64_t x = 0; x < wide; ++x) turned[y * wide + x] = stretched[x * tall + y];
    for (int64_t y = 0; y < out.height; ++y) blend_rows(turned, wide, lines[y], out.plane(c) + y * wide);
  }
  clamp_all(out.data, out.channels * out.pixels());
}

}  // namespace nce::data
