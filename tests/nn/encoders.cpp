#include "nce/core/gradcheck.h"
#include "nce/nn/encoders/catalogue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nce/core/error.h"
#include "nce/nn/encoders/conv4.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/encoders/mlp.h"
#include "nce/nn/encoders/resnet.h"

using namespace nce;
using namespace nce::nn;

namespace {

// Checks the derivatives by x and by every parameter of a layer in training mode.
void check_derivatives(const char* what, Layer& layer, const Tensor& x) {
  CAPTURE(what);
  layer.to(DType::f64);
  const NamedTensors parameters = layer.named_parameters();
  std::vector<Tensor> inputs{x.to(DType::f64)};
  for (const auto& [name, tensor] : parameters) inputs.push_back(*tensor);
  const auto forward = [&](const std::vector<Tensor>& given) {
    for (size_t i = 0; i < parameters.size(); ++i) *parameters[i].second = given[i + 1];
    return layer(given[0]);
  };
  CHECK_NOTHROW(gradcheck(forward, inputs, {.least = 1e-2}));
}

// What the tests expect of a row of the catalogue.
struct Expected {
  int64_t features;     // of the default width
  int64_t parameters;   // of the default width, 28 x 28 x 1 images
  int64_t small_width;  // for gradients
  int64_t small_features;
};

// Counts of ResNets are torchvision's without fc (513 000, of ResNet-50 2 049 000). Their conv1 is 3 x 3 x 1 here, 7 x 7 x 3 there.
const std::map<std::string, Expected> kExpected{
    {"mlp", {128, 784 * 512 + 512 + 512 * 256 + 256 + 256 * 128 + 128, 8, 2}},
    {"conv4", {128, 9 * (32 + 32 * 64 + 64 * 128 + 128 * 128) + 2 * 352, 2, 8}},
    {"resnet18", {512, 11689512 - 513000 - 64 * (3 * 49 - 9), 2, 16}},
    {"resnet34", {512, 21797672 - 513000 - 64 * (3 * 49 - 9), 2, 16}},
    {"resnet50", {2048, 25557032 - 2049000 - 64 * (3 * 49 - 9), 2, 64}},
};

}  // namespace

TEST_CASE("every encoder has its features and parameters, and a gradient for each of them") {
  const ImageSize image{.height = 28, .width = 28, .channels = 1};
  size_t seen = 0;
  for (const KnownEncoder& row : known_encoders()) {
    CAPTURE(row.name);
    REQUIRE_MESSAGE(kExpected.contains(row.name), "this encoder has no row in kExpected");
    const Expected& expected = kExpected.at(row.name);
    ++seen;
    Generator generator{.seed = 1};
    auto encoder = make_encoder(row.name, image, generator);
    CHECK(encoder->feature_dim() == expected.features);
    CHECK(encoder->parameter_count() == expected.parameters);

    auto small = make_encoder(row.name, image, generator, {{"width", std::to_string(expected.small_width)}});
    CHECK(small->feature_dim() == expected.small_features);
    const Tensor out = (*small)(Tensor::randn({4, 28, 28, 1}, Key(1)));
    CHECK(out.shape() == Shape{4, expected.small_features});
    sum(square(out)).backward();
    for (const auto& parameter : small->named_parameters()) {
      CAPTURE(parameter.first);
      REQUIRE(parameter.second->grad().defined());
      CHECK(norm(parameter.second->grad()).item() > 0);
    }
  }
  CHECK(seen == kExpected.size());
}

TEST_CASE("a row lists the options of its encoder and refuses what does not fit") {
  const auto options = known_encoders().find("conv4").options({{"width", "8"}});
  REQUIRE(options.size() == 1);
  CHECK(options[0].name == "width");
  CHECK(options[0].value == "8");
  CHECK(known_encoders().find("mlp").options({})[0].value == "512");
  CHECK_THROWS_WITH_AS(known_encoders().find("conv4").options({{"width", "0"}}), "width: must be at least 1, got 0",
                       Error);

  Generator generator;
  CHECK_THROWS_WITH_AS(make_encoder("vgg", {}, generator),
                       "no encoder is called 'vgg'; there are mlp, conv4, resnet18, resnet34, resnet50", Error);
  CHECK_THROWS_WITH_AS(make_encoder("mlp", {}, generator, {{"width", "30"}}),
                       "mlp: width must be a multiple of 4, got 30", Error);
  CHECK_THROWS_WITH_AS(make_encoder("conv4", {}, generator, {{"width", "-1"}}), "width: must be at least 1, got -1",
                       Error);
  CHECK_THROWS_WITH_AS(make_encoder("conv4", {}, generator, {{"depth", "3"}}), "there is no option 'depth'", Error);
  CHECK_THROWS_WITH_AS(Conv4({}, generator, {.width = 0}), "conv4: width must be at least 1, got 0", Error);
  CHECK_THROWS_WITH_AS(make_encoder("conv4", {.channels = 0}, generator),
                       "make_encoder: images need pixels and channels, got 32 x 32 pixels and 0 channels", Error);
}

TEST_CASE("a ResNet has torchvision's parameters and first weights") {
  Generator generator{.seed = 1};
  CHECK(make_encoder("resnet18", {}, generator)->parameter_count() == 11689512 - 513000 - 64 * 3 * 40);
  auto encoder = make_encoder("resnet18", {}, generator, {{"width", "16"}});
  CHECK(encoder->feature_dim() == 128);
  for (const auto& [name, tensor] : encoder->named_parameters())
    if (name == "layer4.1.conv2.weight") {
      CHECK(mean(square(*tensor)).item() == doctest::Approx(2.0 / (128 * 9)).epsilon(0.02));
      CHECK(std::abs(mean(*tensor).item()) < 1e-3);
    }
  CHECK((*encoder)(Tensor::randn({4, 12, 10, 3}, Key(1))).shape() == Shape{4, 128});
}

TEST_CASE("derivatives of encoders, residual blocks and projection heads are right, batch norm training") {
  Generator generator{.seed = 3};
  BasicBlock block(2, 3, 2, generator), plain(3, 3, 1, generator);
  Bottleneck bottleneck(2, 2, 2, generator), narrow(8, 2, 1, generator);
  check_derivatives("a block that halves the image", block, Tensor::randn({3, 5, 4, 2}, Key(1)));
  check_derivatives("a block with the identity as its shortcut", plain, Tensor::randn({3, 4, 3, 3}, Key(2)));
  check_derivatives("a bottleneck that halves the image", bottleneck, Tensor::randn({3, 5, 4, 2}, Key(5)));
  check_derivatives("a bottleneck with the identity", narrow, Tensor::randn({3, 4, 3, 8}, Key(6)));
  for (const bool batch_norm : {false, true}) {
    const auto head = make_projection_head(5, 4, 3, generator, {.batch_norm = batch_norm});
    check_derivatives("a projection head", *head, Tensor::randn({7, 5}, Key(7)));
  }
  for (const KnownEncoder& row : known_encoders()) {
    if (row.name == "resnet34" || row.name == "resnet50") continue;  // more of the same blocks
    const auto encoder = row.make({.height = 9, .width = 8, .channels = 2}, generator,
                                  {{"width", std::to_string(kExpected.at(row.name).small_width)}});
    check_derivatives(row.name.c_str(), *encoder, Tensor::randn({4, 9, 8, 2}, Key(4)));
  }
}
