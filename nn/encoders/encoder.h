#pragma once
#include "nce/nn/module.h"

namespace nce::nn {

/// The images that an encoder is made for.
struct ImageSize {
  int64_t height = 32, width = 32, channels = 3;
};

/// A layer that turns images (N, H, W, C) into features (N, feature_dim).
class Encoder : public Layer {
 public:
  virtual int64_t feature_dim() const = 0;
};

}  // namespace nce::nn
