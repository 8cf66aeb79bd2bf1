#include <doctest/doctest.h>

#include "nce/core/autograd.h"
#include "nce/nn/encoders/catalogue.h"
#include "support/deviation.h"
#include "support/files.h"
#include "support/formula.h"
#include "support/golden.h"

using namespace nce;
using nlohmann::json;

namespace {

double difference(const Tensor& ours, const json& golden) {
  return test::deviation(ours.to_vector<double>(), golden.get<std::vector<double>>());
}

}  // namespace

// Golden values: torchvision's ResNet-18 with weights from the same formula, tests/reference/travel.py.
TEST_CASE("a ResNet-18 has torchvision's names, shapes and outputs, also after saving and loading") {
  const json golden = test::golden_file("travel.json");
  Generator generator{.seed = 1};
  const nn::ImageSize image{.height = 16, .width = 16, .channels = 3};
  auto source = nn::make_encoder("resnet18", image, generator, {{"width", "8"}});
  auto encoder = nn::make_encoder("resnet18", image, generator, {{"width", "8"}});
  test::fill_by_formula(*source);
  const test::TemporaryFolder folder;
  const auto path = folder / "resnet18.safetensors";
  nn::save_checkpoint(path, *source, {{"encoder", "resnet18"}});
  CHECK(nn::load_checkpoint(path, *encoder).at("encoder") == "resnet18");

  const auto state = nn::to_pytorch(encoder->state_dict());
  CHECK(state.size() == golden["shapes"].size());
  for (const auto& named : state) {
    CAPTURE(named.first);
    REQUIRE(golden["shapes"].contains(named.first));
    CHECK(Shape(golden["shapes"][named.first].get<std::vector<int64_t>>()) == named.second.shape());
  }

  const NoGrad no_grad;
  const Tensor images = test::formula_views(0, 2, 16);
  encoder->eval();
  CHECK(difference((*encoder)(images), golden["evaluation"]) < 4e-6);
  encoder->train();
  CHECK(difference((*encoder)(images), golden["training"]) < 4e-5);
  for (const auto& [name, buffer] : encoder->named_buffers())
    if (name == "layer4.1.bn2.running_var") CHECK(difference(*buffer, golden["running_var"]) < 9e-5);
}
