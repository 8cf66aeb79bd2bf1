#pragma once
#include "nce/nn/layers.h"

namespace nce::test {

/// What the ResNets lack: tests/reference/formula.py has the same network in PyTorch.
struct LayersNet : nn::Layer {
  explicit LayersNet(Generator& g)
      : conv(3, 8, g, {.kernel = 3, .stride = 2, .padding = 1}),
        norm(4, 8),
        up(8, 6, g, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .groups = 2}),
        line(6, 4, g, {.kernel = 5, .stride = 3, .padding = 2, .dilation = 2, .groups = 2}),
        bn(4, {.eps = 1e-3, .momentum = 0.2}) {}
  Tensor forward(const Tensor& x) override {
    const Tensor large = up(relu(norm(conv(x))));
    const Tensor rows = bn(line(reshape(large, {large.size(0), large.size(1) * large.size(2), large.size(3)})));
    return reshape(rows, {rows.size(0), rows.size(1) * rows.size(2)});
  }
  void fields(nn::Fields& f) override {
    f.module("conv", conv), f.module("norm", norm), f.module("up", up), f.module("line", line), f.module("bn", bn);
  }
  nn::Conv2d conv;
  nn::GroupNorm norm;
  nn::ConvTranspose2d up;
  nn::Conv1d line;
  nn::BatchNorm1d bn;
};

}  // namespace nce::test
