#pragma once
#include <memory>
#include <string>

#include "nce/nn/module.h"

namespace nce::nn {

/// A module that turns images (N, H, W, C) into features (N, feature_dim).
class Encoder : public Module {
 public:
  virtual int64_t feature_dim() const = 0;
};

struct ImageSize {
  int64_t height = 32, width = 32, channels = 3;
};

/// "mlp": pixels-512-256-128 with ReLU between.
/// "conv4": four blocks of 3x3 convolution without bias, batch norm, ReLU and 2x2 max pool (left out once the image
/// is a single pixel high or wide), widths 32, 64, 128, 128, then the mean over the image; 128 features. An unknown
/// name is an error that lists the known ones.
std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator);

/// SimCLR's projection head: Linear, ReLU, Linear.
std::unique_ptr<Module> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator);

}  // namespace nce::nn
