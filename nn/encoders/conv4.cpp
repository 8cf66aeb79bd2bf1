#include "nce/nn/encoders/conv4.h"

namespace nce::nn {

Conv4::Conv4(const ImageSize& image, Generator& g, const Conv4Options& options) : features_(4 * options.width) {
  check_options("conv4", options);
  const int64_t width = options.width;
  int64_t in = image.channels;
  for (int64_t out : {width, 2 * width, 4 * width, 4 * width}) {
    convs_.push_back(
        std::make_unique<Conv2d>(in, out, g, Conv2dLayerOptions{.kernel = 3, .padding = 1, .bias = false}));
    norms_.push_back(std::make_unique<BatchNorm>(out));
    in = out;
  }
}

Tensor Conv4::forward(const Tensor& images) {
  Tensor x = images;
  for (size_t i = 0; i < convs_.size(); ++i) {
    x = (*convs_[i])(x);
    x = x.size(1) > 1 && x.size(2) > 1 ? norms_[i]->relu_max_pool2d(x) : norms_[i]->relu(x);
  }
  return global_avg_pool2d(x);
}

void Conv4::fields(Fields& f) {
  for (size_t i = 0; i < convs_.size(); ++i) {
    f.module("conv" + std::to_string(i + 1), *convs_[i]);
    f.module("bn" + std::to_string(i + 1), *norms_[i]);
  }
}

}  // namespace nce::nn
