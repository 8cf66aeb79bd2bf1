#include "nce/nn/encoders.h"

#include <vector>

#include "nce/core/error.h"
#include "nce/nn/layers.h"

namespace nce::nn {
namespace {

class Mlp final : public Encoder {
 public:
  Mlp(const ImageSize& image, Generator& g) : pixels_(image.height * image.width * image.channels) {
    layers_.add<Linear>(pixels_, 512, g).add<Function>(relu).add<Linear>(512, 256, g).add<Function>(relu);
    layers_.add<Linear>(256, feature_dim(), g);
  }
  int64_t feature_dim() const override { return 128; }
  Tensor forward(const Tensor& x) override { return layers_(reshape(x, {x.size(0), pixels_})); }
  void fields(Fields& f) override { f.module("layers", layers_); }

 private:
  int64_t pixels_;
  Sequential layers_;
};

class Conv4 final : public Encoder {
 public:
  Conv4(const ImageSize& image, Generator& g) {
    int64_t in = image.channels;
    for (int64_t width : {32, 64, 128, 128}) {
      convs_.push_back(std::make_unique<Conv2d>(
          in, width, g, Conv2dLayerOptions{.kernel = 3, .with = {.padding = 1}, .bias = false}));
      norms_.push_back(std::make_unique<BatchNorm>(width));
      in = width;
    }
  }
  int64_t feature_dim() const override { return 128; }
  Tensor forward(const Tensor& image) override {
    Tensor x = image;
    for (size_t i = 0; i < convs_.size(); ++i) {
      x = relu((*norms_[i])((*convs_[i])(x)));
      if (x.size(1) > 1 && x.size(2) > 1) x = max_pool2d(x);
    }
    return global_avg_pool2d(x);
  }
  void fields(Fields& f) override {
    for (size_t i = 0; i < convs_.size(); ++i) {
      f.module("conv" + std::to_string(i + 1), *convs_[i]);
      f.module("bn" + std::to_string(i + 1), *norms_[i]);
    }
  }

 private:
  std::vector<std::unique_ptr<Conv2d>> convs_;
  std::vector<std::unique_ptr<BatchNorm>> norms_;
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator) {
  if (name == "mlp") return std::make_unique<Mlp>(image, generator);
  if (name == "conv4") return std::make_unique<Conv4>(image, generator);
  fail("make_encoder: no encoder is called '{}'; there are mlp and conv4", name);
}

std::unique_ptr<Module> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator) {
  auto head = std::make_unique<Sequential>();
  head->add<Linear>(in, hidden, generator).add<Function>(relu).add<Linear>(hidden, out, generator);
  return head;
}

}  // namespace nce::nn
