#pragma once
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/data/views/planes.h"

/// What the transforms of data/views compute, written as the formulas, in the precision of the images.
/// Images are planes of columns (n, channels, width, height), with values in 0 .. 1.
namespace nce::plain {

/// Calls change(first value of an image, n) for each image; its three planes are `n` elements apart.
template <class Change>
Tensor each_image(const Tensor& images, Change change) {
  const int64_t n = images.size(2) * images.size(3);
  return dispatch(images.dtype(), [&]<class T>(T) {
    auto x = images.to_vector<T>();
    for (size_t image = 0; image < x.size(); image += size_t(3 * n)) change(&x[image], n);
    return Tensor::from(x, images.shape());
  });
}

template <class T>
T unit(T x) {
  return std::clamp(x, T(0), T(1));
}
template <class T>
T grey(const T* x, int64_t n) {
  return T(0.2989) * x[0] + T(0.587) * x[n] + T(0.114) * x[2 * n];
}

inline Tensor contrast(const Tensor& images, float factor) {
  return each_image(images, [=]<class T>(T* x, int64_t n) {
    T mean = 0;
    for (int64_t i = 0; i < n; ++i) mean += grey(x + i, n);
    mean /= T(n);
    for (int64_t i = 0; i < 3 * n; ++i) x[i] = unit(T(factor) * x[i] + (1 - T(factor)) * mean);
  });
}

inline Tensor saturation(const Tensor& images, float factor) {
  return each_image(images, [=]<class T>(T* x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const T level = (1 - T(factor)) * grey(x + i, n);
      for (int64_t c = 0; c < 3; ++c) x[c * n + i] = unit(T(factor) * x[c * n + i] + level);
    }
  });
}

/// Through HSV: with h in sixths of the circle, a channel is v - v s clamp(min(k, 4 - k), 0, 1), k = (start + h)
/// mod 6 from 5, 3 and 1.
inline Tensor hue(const Tensor& images, float shift) {
  return each_image(images, [=]<class T>(T* x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const T r = x[i], g = x[n + i], b = x[2 * n + i];
      const T v = std::max({r, g, b}), chroma = v - std::min({r, g, b});
      if (chroma == 0) continue;
      const T h = (r == v ? (g - b) / chroma : g == v ? 2 + (b - r) / chroma : 4 + (r - g) / chroma) + 6 * T(shift);
      for (int64_t c = 0; c < 3; ++c) {
        const T k = std::fmod(T(5 - 2 * c) + h + 12, T(6));
        x[c * n + i] = v - chroma * unit(std::min(k, 4 - k));
      }
    }
  });
}

// Row i of the (to, from) matrix that enlarges. Keys' kernel at a = -0.5; pixels beyond the edge are left out.
template <class T>
std::vector<T> bicubic_row(int64_t from, int64_t to, int64_t i) {
  std::vector<T> weights(static_cast<size_t>(from));
  const T centre = (T(i) + T(0.5)) * T(from) / T(to);
  T sum = 0;
  for (int64_t k = 0; k < from; ++k) {
    const T x = std::abs(T(k) + T(0.5) - centre);
    const T near = T(1.5) * x * x * x - T(2.5) * x * x + 1, far = T(-0.5) * x * x * x + T(2.5) * x * x - 4 * x + 2;
    sum += weights[size_t(k)] = x < 1 ? near : x < 2 ? far : T(0);
  }
  for (T& weight : weights) weight /= sum;
  return weights;
}

/// Enlarges a box of each image to the image's size. Values are whole bytes.
inline Tensor resized_crop(const Tensor& images, const std::vector<data::Box>& boxes) {
  const int64_t channels = images.size(1), width = images.size(2), height = images.size(3);
  return dispatch(images.dtype(), [&]<class T>(T) {
    const auto from = images.to_vector<T>();
    std::vector<T> out;
    for (size_t plane = 0; plane < size_t(images.size(0) * channels); ++plane) {
      const data::Box& box = boxes[plane / size_t(channels)];
      for (int64_t x = 0; x < width; ++x)
        for (int64_t y = 0; y < height; ++y) {
          const auto down = bicubic_row<T>(box.height, height, y), across = bicubic_row<T>(box.width, width, x);
          T sum = 0;
          for (int64_t j = 0; j < box.width; ++j) {
            const T* column =
                &from[(plane * size_t(width) + size_t(box.left + j)) * size_t(height) + size_t(box.top)];
            T part = 0;
            for (int64_t i = 0; i < box.height; ++i) part += down[size_t(i)] * column[i];
            sum += across[size_t(j)] * part;
          }
          out.push_back(unit(sum / 255));
        }
    }
    return Tensor::from(out, images.shape());
  });
}

}  // namespace nce::plain
