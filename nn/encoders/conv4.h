#pragma once
#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/layers.h"

namespace nce::nn {

struct Conv4Options {
  int64_t width = 32;  ///< Channels of the first block.
  void fields(Options& o) { o.integer("width", width, "channels of the first block", {.least = 1}); }
};

/// (N, H, W, C) -> (N, 4 width): four blocks, then the mean over the image. A block is a 3x3 convolution without bias,
/// batch norm, ReLU and 2x2 max pool. There is no pooling if the image is only one pixel high or wide. The blocks have
/// width, 2 width, 4 width and 4 width channels.
class Conv4 final : public Encoder {
 public:
  Conv4(const ImageSize& image, Generator& g, const Conv4Options& options = {}) : features_(4 * options.width) {
    check_options("conv4", options);
    const int64_t width = options.width;
    int64_t in = image.channels;
    for (int64_t out : {width, 2 * width, 4 * width, 4 * width}) {
      convs_.push_back(Conv2d(in, out, g, {.kernel = 3, .padding = 1, .bias = false}));
      norms_.push_back(BatchNorm(out));
      in = out;
    }
  }
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& images) override {
    Tensor x = images;
    for (size_t i = 0; i < convs_.size(); ++i) {
      x = convs_[i](x);
      x = x.size(1) > 1 && x.size(2) > 1 ? norms_[i].relu_max_pool2d(x) : norms_[i].relu(x);
    }
    return global_avg_pool2d(x);
  }
  void fields(Fields& f) override {
    for (size_t i = 0; i < convs_.size(); ++i) {
      f.module("conv" + std::to_string(i + 1), convs_[i]);
      f.module("bn" + std::to_string(i + 1), norms_[i]);
    }
  }

 private:
  int64_t features_;
  std::vector<Conv2d> convs_;
  std::vector<BatchNorm> norms_;
};

}  // namespace nce::nn
