#pragma once
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nce/nn/checkpoint.h"

/// Weights and images from a closed formula. tests/reference/formula.py makes the same bits for PyTorch.
namespace nce::test {

/// Element `i` of the stream called `name`: uniform in [-1, 1), a multiple of 2^-23. FNV-1a of the name, then
/// MurmurHash3's finaliser.
class Stream {
 public:
  explicit Stream(std::string_view name) {
    for (const char c : name) start_ = (start_ ^ uint8_t(c)) * 16777619u;
  }
  double operator()(uint32_t i) const {
    uint32_t h = start_ + i * 0x9E3779B9u;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return double((h ^ h >> 16) >> 8) * 0x1p-23 - 1;
  }

 private:
  uint32_t start_ = 2166136261u;
};

/// Sets every parameter and buffer from the stream of its name, element i in PyTorch's order. With u from the
/// stream: matrices and convolutions sqrt(6 / fan in) u, other weights and running_var 1 + 0.1 u, the rest 0.1 u.
inline void fill_by_formula(nn::Module& module) {
  std::vector<std::pair<std::string, Tensor>> state;
  for (const auto& [name, tensor] : nn::to_pytorch(module.state_dict())) {
    const bool matrix = tensor.dim() > 1;
    const double scale = matrix ? std::sqrt(6 / double(tensor.numel() / tensor.size(0))) : 0.1;
    const double shift = !matrix && (name.ends_with("weight") || name.ends_with("running_var")) ? 1 : 0;
    const Stream stream(name);
    std::vector<double> values;
    for (int64_t i = 0; i < tensor.numel(); ++i) values.push_back(shift + scale * stream(uint32_t(i)));
    state.emplace_back(name, Tensor::from(values, tensor.shape()).to(tensor.dtype()));
  }
  module.load_state_dict(nn::from_pytorch(state));
}

/// (2 n, size, size, 3): two views of n smooth images; rows 0 .. n-1 are the first views. `batch` selects one of a
/// series. An image is a 4x4 grid of numbers in [-1, 1), interpolated. Each view adds its own noise in [-0.25,
/// 0.25). `size` must be 4 times a power of two, so that nothing is rounded.
inline Tensor formula_views(int batch, int n, int size) {
  std::vector<float> pixels;
  for (int view = 0; view < 2; ++view)
    for (int image = 0; image < n; ++image) {
      const std::string name = std::to_string(batch) + "." + std::to_string(image);
      const Stream grid(name), noise(name + (view ? ".b" : ".a"));
      for (int y = 0; y < size; ++y)
        for (int x = 0; x < size; ++x)
          for (int c = 0; c < 3; ++c) {
            const auto corner = [&](int dy, int dx) {
              return grid(uint32_t(((y * 4 / size + dy) % 4 * 4 + (x * 4 / size + dx) % 4) * 3 + c));
            };
            const double v = y * 4 % size / double(size), u = x * 4 % size / double(size);
            const double above = (1 - u) * corner(0, 0) + u * corner(0, 1);
            const double below = (1 - u) * corner(1, 0) + u * corner(1, 1);
            const double speck = noise(uint32_t((y * size + x) * 3 + c));
            pixels.push_back(float((1 - v) * above + v * below + 0.25 * speck));
          }
    }
  return Tensor::from(pixels, {2 * n, size, size, 3});
}

}  // namespace nce::test
