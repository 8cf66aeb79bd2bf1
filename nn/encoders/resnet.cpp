#include "nce/nn/encoders/resnet.h"

namespace nce::nn {
namespace {

Conv2dLayerOptions square(int64_t kernel, int64_t stride) {
  return {
      .kernel = kernel, .stride = stride, .padding = kernel / 2, .bias = false, .init = ConvInit::kaiming_normal};
}

}  // namespace

BasicBlock::BasicBlock(int64_t in, int64_t out, int64_t stride, Generator& generator)
    : conv1_(in, out, generator, square(3, stride)),
      bn1_(out),
      conv2_(out, out, generator, square(3, 1)),
      bn2_(out) {
  if (stride == 1 && in == out) return;
  downsample_ = std::make_unique<Sequential>();
  downsample_->add<Conv2d>(in, out, generator, square(1, stride)).add<BatchNorm>(out);
}

Tensor BasicBlock::forward(const Tensor& x) {
  const Tensor residual = conv2_(bn1_.relu(conv1_(x)));
  return bn2_.add_relu(residual, downsample_ ? (*downsample_)(x) : x);
}

void BasicBlock::fields(Fields& f) {
  f.module("conv1", conv1_), f.module("bn1", bn1_);
  f.module("conv2", conv2_), f.module("bn2", bn2_);
  if (downsample_) f.module("downsample", *downsample_);
}

ResNet::ResNet(const ImageSize& image, Generator& generator, const ResNetOptions& options)
    : features_(8 * options.width),
      conv1_(image.channels, options.width, generator, square(3, 1)),
      bn1_(options.width) {
  check_options("resnet", options);
  int64_t in = options.width;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const int64_t out = options.width << i;
    for (int64_t block = 0; block < options.blocks[i]; ++block) {
      layers_[i].add<BasicBlock>(in, out, i > 0 && block == 0 ? 2 : 1, generator);
      in = out;
    }
  }
}

Tensor ResNet::forward(const Tensor& images) {
  Tensor x = bn1_.relu(conv1_(images));
  for (Sequential& layer : layers_) x = layer(x);
  return global_avg_pool2d(x);
}

void ResNet::fields(Fields& f) {
  f.module("conv1", conv1_), f.module("bn1", bn1_);
  for (size_t i = 0; i < layers_.size(); ++i) f.module("layer" + std::to_string(i + 1), layers_[i]);
}

}  // namespace nce::nn
