#pragma once
#include <array>

#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/layers.h"

/// He et al., "Deep Residual Learning for Image Recognition" (2015). Module names and initialisers are those of
/// torchvision's ResNet, so that weights travel both ways (nn/checkpoint.h).
namespace nce::nn {

/// (N, H, W, in) -> (N, H', W', out), H' = ceil(H / stride):
///
///     relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))
///
/// conv1 and conv2 are 3x3 without bias, conv1 with the stride. The shortcut is x itself where the shape stays. Where
/// it changes it is `downsample`: a 1x1 convolution "0" with the stride, and a batch norm "1".
class BasicBlock : public Layer {
 public:
  BasicBlock(int64_t in, int64_t out, int64_t stride, Generator& generator);
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override;

 private:
  Conv2d conv1_;
  BatchNorm bn1_;
  Conv2d conv2_;
  BatchNorm bn2_;
  std::unique_ptr<Sequential> downsample_;
};

struct ResNetOptions {
  std::array<int64_t, 4> blocks = {2, 2, 2, 2};  ///< Basic blocks in layer1 .. layer4. ResNet-34: {3, 4, 6, 3}.
  int64_t width = 64;                            ///< Channels of the first stage.
  void fields(Options& o) { o.integer("width", width, "channels of the first stage", {.least = 1}); }
};

/// (N, H, W, C) -> (N, 8 width): a ResNet of basic blocks for small images.
/// - Stem for CIFAR: one 3x3 convolution of stride 1, batch norm, ReLU. No max pool.
/// - `layer1` .. `layer4`: blocks[i] basic blocks, of width, 2 width, 4 width, 8 width channels. Each layer but the
///   first halves the image.
/// - The mean over the image. There is no `fc`.
class ResNet : public Encoder {
 public:
  ResNet(const ImageSize& image, Generator& generator, const ResNetOptions& options = {});
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& images) override;
  void fields(Fields& f) override;

 private:
  int64_t features_;
  Conv2d conv1_;
  BatchNorm bn1_;
  std::array<Sequential, 4> layers_;
};

}  // namespace nce::nn
