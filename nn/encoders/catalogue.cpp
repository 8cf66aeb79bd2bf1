#include "nce/nn/encoders/catalogue.h"

#include <fmt/format.h>

#include <array>

#include "nce/core/error.h"
#include "nce/nn/layers.h"
#include "nce/nn/encoders/resnet.h"

namespace nce::nn {
namespace {

class Mlp final : public Encoder {
 public:
  Mlp(const ImageSize& image, int64_t width, Generator& g)
      : pixels_(image.height * image.width * image.channels), features_(width / 4) {
    check(width % 4 == 0, "make_encoder: the width of mlp must be a multiple of 4, got {}", width);
    layers_.add<Linear>(pixels_, width, g).add<ReLU>().add<Linear>(width, width / 2, g).add<ReLU>();
    layers_.add<Linear>(width / 2, features_, g);
  }
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& x) override { return layers_(reshape(x, {x.size(0), pixels_})); }
  void fields(Fields& f) override { f.module("layers", layers_); }

 private:
  int64_t pixels_, features_;
  Sequential layers_;
};

class Conv4 final : public Encoder {
 public:
  Conv4(const ImageSize& image, int64_t width, Generator& g) : features_(4 * width) {
    int64_t in = image.channels;
    for (int64_t out : {width, 2 * width, 4 * width, 4 * width}) {
      convs_.push_back(std::make_unique<Conv2d>(
          in, out, g, Conv2dLayerOptions{.kernel = 3, .with = {.padding = 1}, .bias = false}));
      norms_.push_back(std::make_unique<BatchNorm>(out));
      in = out;
    }
  }
  int64_t feature_dim() const override { return features_; }
  Tensor forward(const Tensor& image) override {
    Tensor x = image;
    for (size_t i = 0; i < convs_.size(); ++i) {
      x = (*convs_[i])(x);
      x = x.size(1) > 1 && x.size(2) > 1 ? norms_[i]->relu_max_pool2d(x) : norms_[i]->relu(x);
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
  int64_t features_;
  std::vector<std::unique_ptr<Conv2d>> convs_;
  std::vector<std::unique_ptr<BatchNorm>> norms_;
};

using Make = std::unique_ptr<Encoder> (*)(const ImageSize& image, int64_t width, Generator& generator);

template <class E>
std::unique_ptr<Encoder> make(const ImageSize& image, int64_t width, Generator& generator) {
  return std::make_unique<E>(image, width, generator);
}

template <int64_t... blocks>
std::unique_ptr<Encoder> make_resnet(const ImageSize& image, int64_t width, Generator& generator) {
  return std::make_unique<ResNet>(image.channels, std::array<int64_t, 4>{blocks...}, width, generator);
}

struct Known {
  const char* name;
  int64_t width;  // by default
  Make make;
};
constexpr Known kEncoders[] = {{"mlp", 512, make<Mlp>},
                               {"conv4", 32, make<Conv4>},
                               {"resnet18", 64, make_resnet<2, 2, 2, 2>},
                               {"resnet34", 64, make_resnet<3, 4, 6, 3>}};

}  // namespace

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const Known& known : kEncoders) names.emplace_back(known.name);
  return names;
}

std::unique_ptr<Encoder> make_encoder(const std::string& name, const ImageSize& image, Generator& generator,
                                      const EncoderOptions& options) {
  check(image.height > 0 && image.width > 0 && image.channels > 0,
        "make_encoder: an image of {} x {} pixels and {} channels has nothing to encode", image.height, image.width,
        image.channels);
  check(options.width >= 0, "make_encoder: width must be at least 1 (or 0: the encoder's default), got {}",
        options.width);
  for (const Known& known : kEncoders)
    if (name == known.name) return known.make(image, options.width ? options.width : known.width, generator);
  fail("make_encoder: no encoder is called '{}'; there are {}", name, fmt::join(encoder_names(), ", "));
}

std::unique_ptr<Module> make_projection_head(int64_t in, int64_t hidden, int64_t out, Generator& generator) {
  auto head = std::make_unique<Sequential>();
  head->add<Linear>(in, hidden, generator).add<ReLU>().add<Linear>(hidden, out, generator);
  return head;
}

}  // namespace nce::nn
