#pragma once
#include <array>

#include "nce/core/options.h"
#include "nce/nn/encoders/encoder.h"
#include "nce/nn/layers.h"

/// He et al., "Deep Residual Learning for Image Recognition" (2015). Names of modules and initial weights are as in
/// torchvision's ResNet, so that each can load the other's weights (nn/checkpoint.h).
namespace nce::nn {

/// (N, H, W, in) -> (N, H', W', out), H' = ceil(H / stride):
///
///     relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))
///
/// conv1 and conv2 are 3x3 without bias; conv1 has the stride. If the shape stays the same, the shortcut is x itself.
/// Otherwise it is `downsample`: a 1x1 convolution "0" with the stride, and a batch norm "1".
class BasicBlock : public Layer {
 public:
  static constexpr int64_t kExpansion = 1;
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

/// (N, H, W, in) -> (N, H', W', 4 width), H' = ceil(H / stride):
///
///     relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x))
///
/// conv1 is 1x1 (in -> width), conv2 3x3, conv3 1x1 (width -> 4 width), all without bias. conv2 has the stride, as in
/// torchvision; in the paper conv1 has it. The shortcut is as in `BasicBlock`.
class Bottleneck : public Layer {
 public:
  static constexpr int64_t kExpansion = 4;  ///< Channels out, as a multiple of the width.
  Bottleneck(int64_t in, int64_t width, int64_t stride, Generator& generator);
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override;

 private:
  Conv2d conv1_;
  BatchNorm bn1_;
  Conv2d conv2_;
  BatchNorm bn2_;
  Conv2d conv3_;
  BatchNorm bn3_;
  std::unique_ptr<Sequential> downsample_;
};

struct ResNetOptions {
  std::array<int64_t, 4> blocks = {2, 2, 2, 2};  ///< Blocks in layer1 .. layer4. ResNet-34 and 50: {3, 4, 6, 3}.
  bool bottleneck = false;                       ///< Blocks are bottlenecks (ResNet-50), not basic.
  int64_t width = 64;                            ///< Of the first stage.
  void fields(Options& o) { o.integer("width", width, "width of the blocks of the first stage", {.least = 1}); }
};

/// (N, H, W, C) -> (N, 8 width), or with bottlenecks (N, 32 width): a ResNet for small images.
/// - Stem for CIFAR: one 3x3 convolution of stride 1, batch norm, ReLU. No max pool.
/// - `layer1` .. `layer4`: blocks[i] blocks of width, 2 width, 4 width, 8 width. Each layer but the first halves the
///   image.
/// - The mean over the image. There is no `fc`.
class ResNet : public Encoder {
 public:
  ResNet(const ImageSize& image, Generator& generator, const ResNetOptions& options = {});
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& images) override;
  void fields(Fields& f) override;

 private:
  template <class Block>
  void add_blocks(const ResNetOptions& options, Generator& generator);

  int64_t features_ = 0;
  Conv2d conv1_;
  BatchNorm bn1_;
  std::array<Sequential, 4> layers_;
};

}  // namespace nce::nn
