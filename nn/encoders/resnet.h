#pragma once
#include <array>

#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/layers.h"

/// He et al., "Deep Residual Learning for Image Recognition" (2015), with the module names and the initialisers of
/// torchvision's ResNet, so that weights travel both ways (nn/checkpoint.h).
namespace nce::nn {

/// (N, H, W, in) -> (N, H', W', out), H' = ceil(H / stride):
///
///     relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))
///
/// conv1 and conv2 are 3x3 without bias, conv1 with the stride. The shortcut is x itself, or, where the shape
/// changes, `downsample`: a 1x1 convolution "0" with the stride, and a batch norm "1".
class BasicBlock : public Module {
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

/// A ResNet of basic blocks for small images, (N, H, W, channels) -> (N, 8 width): the stem used for CIFAR, one 3x3
/// convolution of stride 1 without max pool, then batch norm and ReLU; `layer1` .. `layer4` of `blocks[i]` basic
/// blocks and width, 2 width, 4 width, 8 width channels, each but the first halving the image; the mean over the
/// image. There is no `fc`. ResNet-18 has blocks {2, 2, 2, 2}, ResNet-34 {3, 4, 6, 3}, both width 64.
class ResNet : public Encoder {
 public:
  ResNet(int64_t channels, const std::array<int64_t, 4>& blocks, int64_t width, Generator& generator);
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& image) override;
  void fields(Fields& f) override;

 private:
  int64_t features_;
  Conv2d conv1_;
  BatchNorm bn1_;
  std::array<Sequential, 4> layers_;
};

}  // namespace nce::nn
