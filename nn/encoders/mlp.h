#pragma once
#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/layers.h"

namespace nce::nn {

struct MlpOptions {
  int64_t width = 512;  ///< Of the first hidden layer. A multiple of 4.
  void fields(Options& o) {
    o.integer("width", width, "size of the first hidden layer, a multiple of 4", {.least = 4});
  }
};

/// (N, H, W, C) -> (N, width / 4). Three linear layers with ReLU between: pixels -> width -> width / 2 -> width / 4.
class Mlp final : public Encoder {
 public:
  Mlp(const ImageSize& image, Generator& g, const MlpOptions& options = {})
      : pixels_(image.height * image.width * image.channels), features_(options.width / 4) {
    check_options("mlp", options);
    const int64_t width = options.width;
    check(width % 4 == 0, "mlp: width must be a multiple of 4, got {}", width);
    layers_.add<Linear>(pixels_, width, g).add<ReLU>().add<Linear>(width, width / 2, g).add<ReLU>();
    layers_.add<Linear>(width / 2, features_, g);
  }
  int64_t feature_dim() const override { return features_; }
  /// Images of another size than it was made for are an error.
  Tensor forward(const Tensor& images) override {
    check(images.numel() == images.size(0) * pixels_,
          "mlp: was made for images of {} values, got {}; a convolutional encoder takes images of any size",
          pixels_, images.shape());
    return layers_(reshape(images, {images.size(0), pixels_}));
  }
  void fields(Fields& f) override { f.module("layers", layers_); }

 private:
  int64_t pixels_, features_;
  Sequential layers_;
};

}  // namespace nce::nn
