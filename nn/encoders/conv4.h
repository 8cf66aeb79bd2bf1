#pragma once
#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/layers.h"

namespace nce::nn {

struct Conv4Options {
  int64_t width = 32;  ///< Channels of the first block.
  void fields(Options& o) { o.integer("width", width, "channels of the first block", {.least = 1}); }
};

/// (N, H, W, C) -> (N, 4 width): four blocks, then the mean over the image. A block is a 3x3 convolution without
/// bias, batch norm, ReLU and 2x2 max pool. There is no pooling once the image is one pixel high or wide. The blocks
/// have width, 2 width, 4 width and 4 width channels.
class Conv4 final : public Encoder {
 public:
  Conv4(const ImageSize& image, Generator& generator, const Conv4Options& options = {});
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& images) override;
  void fields(Fields& f) override;

 private:
  int64_t features_;
  std::vector<std::unique_ptr<Conv2d>> convs_;
  std::vector<std::unique_ptr<BatchNorm>> norms_;
};

}  // namespace nce::nn
