#include "nce/nn/encoders/catalogue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/nn/encoders/resnet.h"
#include "support/gradcheck.h"

using namespace nce;
using namespace nce::nn;

namespace {

// Checks the derivatives by x and by every parameter of a module in training mode.
test::GradientReport check_module(Module& module, const Tensor& x) {
  module.to(DType::f64);
  const NamedTensors parameters = module.named_parameters();
  std::vector<Tensor> inputs{x.to(DType::f64)};
  for (const auto& [name, tensor] : parameters) inputs.push_back(*tensor);
  return test::check_gradient(
      [&](const std::vector<Tensor>& given) {
        for (size_t i = 0; i < parameters.size(); ++i) *parameters[i].second = given[i + 1];
        return module(given[0]);
      },
      inputs);
}

}  // namespace

TEST_CASE("a ResNet has torchvision's shape, parameters and first weights") {
  Generator generator{.seed = 1};
  // torchvision's counts less fc (513 000), with 3 x 3 instead of 7 x 7 in conv1.
  CHECK(make_encoder("resnet18", {}, generator)->parameter_count() == 11689512 - 513000 - 64 * 3 * 40);
  CHECK(make_encoder("resnet34", {}, generator)->parameter_count() == 21797672 - 513000 - 64 * 3 * 40);

  auto encoder = make_encoder("resnet18", {}, generator, {.width = 16});
  CHECK(encoder->feature_dim() == 128);
  for (const auto& [name, tensor] : encoder->named_parameters())
    if (name == "layer4.1.conv2.weight") {
      CHECK(mean(square(*tensor)).item() == doctest::Approx(2.0 / (128 * 9)).epsilon(0.02));
      CHECK(std::abs(mean(*tensor).item()) < 1e-3);
    }
  const Tensor out = (*encoder)(Tensor::randn({4, 12, 10, 3}, Key(1)));
  CHECK(out.shape() == Shape{4, 128});
  sum(square(out)).backward();
  for (const auto& parameter : encoder->named_parameters()) {
    CAPTURE(parameter.first);
    REQUIRE(parameter.second->grad().defined());
    CHECK(norm(parameter.second->grad()).item() > 0);
  }
}

TEST_CASE("an encoder's width is what every layer is a multiple of") {
  Generator generator;
  const ImageSize image{.height = 8, .width = 8, .channels = 1};
  struct Case {
    const char* name;
    int64_t width, features;
  };
  for (const Case& c : {Case{"mlp", 64, 16}, {"conv4", 8, 32}, {"resnet18", 4, 32}, {"resnet34", 2, 16}}) {
    CAPTURE(c.name);
    auto encoder = make_encoder(c.name, image, generator, {.width = c.width});
    CHECK(encoder->feature_dim() == c.features);
    CHECK((*encoder)(Tensor::randn({3, 8, 8, 1}, Key(1))).shape() == Shape{3, c.features});
  }
  CHECK(encoder_names() == std::vector<std::string>{"mlp", "conv4", "resnet18", "resnet34"});
  CHECK_THROWS_WITH_AS(make_encoder("vgg", {}, generator),
                       "make_encoder: no encoder is called 'vgg'; there are mlp, conv4, resnet18, resnet34", Error);
  CHECK_THROWS_WITH_AS(make_encoder("mlp", {}, generator, {.width = 30}),
                       "make_encoder: the width of mlp must be a multiple of 4, got 30", Error);
  CHECK_THROWS_WITH_AS(make_encoder("conv4", {}, generator, {.width = -1}),
                       "make_encoder: width must be at least 1 (or 0: the encoder's default), got -1", Error);
  CHECK_THROWS_WITH_AS(make_encoder("conv4", {.channels = 0}, generator),
                       "make_encoder: an image of 32 x 32 pixels and 0 channels has nothing to encode", Error);
}

TEST_CASE("derivatives of whole encoders and of a residual block are right, batch norm training") {
  const auto check = [](const char* what, Module& module, const Tensor& x) {
    CAPTURE(what);
    const auto report = check_module(module, x);
    CHECK(report.deviation < 1e-6);
    CHECK(report.largest > 1e-2);
  };
  Generator generator{.seed = 3};
  BasicBlock block(2, 3, 2, generator), plain(3, 3, 1, generator);
  check("a block that halves the image", block, Tensor::randn({3, 5, 4, 2}, Key(1)));
  check("a block with the identity as its shortcut", plain, Tensor::randn({3, 4, 3, 3}, Key(2)));
  const ImageSize image{.height = 6, .width = 6, .channels = 2};
  check("conv4", *make_encoder("conv4", image, generator, {.width = 2}), Tensor::randn({6, 6, 6, 2}, Key(3)));
  check("resnet18", *make_encoder("resnet18", image, generator, {.width = 2}), Tensor::randn({4, 9, 8, 2}, Key(4)));
  check("mlp", *make_encoder("mlp", image, generator, {.width = 8}), Tensor::randn({3, 6, 6, 2}, Key(5)));
}
