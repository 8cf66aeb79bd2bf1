#include "nce/nn/encoders/resnet.h"

namespace nce::nn {
namespace {

Conv2dLayerOptions square(int64_t kernel, int64_t stride) {
  return {
      .kernel = kernel, .stride = stride, .padding = kernel / 2, .bias = false, .init = ConvInit::kaiming_normal};
}

// Null if the shape stays the same.
std::unique_ptr<Sequential> downsample(int64_t in, int64_t out, int64_t stride, Generator& generator) {
  if (stride == 1 && in == out) return nullptr;
  auto shortcut = std::make_unique<Sequential>();
  shortcut->add<Conv2d>(in, out, generator, square(1, stride)).add<BatchNorm>(out);
  return shortcut;
}

}  // namespace

BasicBlock::BasicBlock(int64_t in, int64_t out, int64_t stride, Generator& generator)
    : conv1_(in, out, generator, square(3, stride)),
      bn1_(out),
      conv2_(out, out, generator, square(3, 1)),
      bn2_(out),
      downsample_(downsample(in, out, stride, generator)) {}

Tensor BasicBlock::forward(const Tensor& x) {
  const Tensor residual = conv2_(bn1_.relu(conv1_(x)));
  return bn2_.add_relu(residual, downsample_ ? (*downsample_)(x) : x);
}

void BasicBlock::fields(Fields& f) {
  f.module("conv1", conv1_), f.module("bn1", bn1_);
  f.module("conv2", conv2_), f.module("bn2", bn2_);
  if (downsample_) f.module("downsample", *downsample_);
}

Bottleneck::Bottleneck(int64_t in, int64_t width, int64_t stride, Generator& generator)
    : conv1_(in, width, generator, square(1, 1)),
      bn1_(width),
      conv2_(width, width, generator, square(3, stride)),
      bn2_(width),
      conv3_(width, kExpansion * width, generator, square(1, 1)),
      bn3_(kExpansion * width),
      downsample_(downsample(in, kExpansion * width, stride, generator)) {}

Tensor Bottleneck::forward(const Tensor& x) {
  const Tensor residual = conv3_(bn2_.relu(conv2_(bn1_.relu(conv1_(x)))));
  return bn3_.add_relu(residual, downsample_ ? (*downsample_)(x) : x);
}

void Bottleneck::fields(Fields& f) {
  f.module("conv1", conv1_), f.module("bn1", bn1_);
  f.module("conv2", conv2_), f.module("bn2", bn2_);
  f.module("conv3", conv3_), f.module("bn3", bn3_);
  if (downsample_) f.module("downsample", *downsample_);
}

ResNet::ResNet(const ImageSize& image, Generator& generator, const ResNetOptions& options)
    : conv1_(image.channels, options.width, generator, square(3, 1)), bn1_(options.width) {
  check_options("resnet", options);
  options.bottleneck ? add_blocks<Bottleneck>(options, generator) : add_blocks<BasicBlock>(options, generator);
}

template <class Block>
void ResNet::add_blocks(const ResNetOptions& options, Generator& generator) {
  features_ = options.width;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const int64_t width = options.width << i;
    for (int64_t block = 0; block < options.blocks[i]; ++block) {
      layers_[i].add<Block>(features_, width, i > 0 && block == 0 ? 2 : 1, generator);
      features_ = Block::kExpansion * width;
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
