#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nce/core/autograd.h"
#include "nce/nn/encoders/catalogue.h"
#include "support/deviation.h"
#include "support/formula.h"
#include "support/paths.h"

using namespace nce;
using nlohmann::json;

namespace {

double difference(const Tensor& ours, const json& golden) {
  return test::deviation(ours.to_vector<double>(), golden.get<std::vector<double>>());
}

}  // namespace

// Golden values: torchvision's ResNet-18 with weights from the same formula, tests/reference/travel.py.
TEST_CASE("a ResNet-18 has torchvision's names, shapes and outputs, also after saving and loading") {
  std::ifstream file(nce::test::source_file("tests/reference/travel.json"));
  const json golden = json::parse(file);
  Generator generator{.seed = 1};
  const nn::ImageSize image{.height = 16, .width = 16, .channels = 3};
  auto source = nn::make_encoder("resnet18", image, generator, {{"width", "8"}});
  auto encoder = nn::make_encoder("resnet18", image, generator, {{"width", "8"}});
  test::fill_by_formula(*source);
  const auto path = std::filesystem::temp_directory_path() / fmt::format("nce-travel-{}.safetensors", getpid());
  nn::save_checkpoint(path, *source, {{"encoder", "resnet18"}});
  CHECK(nn::load_checkpoint(path, *encoder).at("encoder") == "resnet18");
  std::filesystem::remove(path);

  const auto state = nn::to_pytorch(encoder->state_dict());
  CHECK(state.size() == golden["shapes"].size());
  for (const auto& named : state) {
    const std::string& name = named.first;
    const Tensor& tensor = named.second;
    CAPTURE(name);
    REQUIRE(golden["shapes"].contains(name));
    std::vector<int64_t> shape;
    for (int d = 0; d < tensor.dim(); ++d) shape.push_back(tensor.size(d));
    CHECK(golden["shapes"][name].get<std::vector<int64_t>>() == shape);
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
