#include <doctest/doctest.h>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "support/deviation.h"
#include "support/files.h"
#include "support/formula.h"
#include "support/golden.h"
#include "support/layers_net.h"

using namespace nce;
using nlohmann::json;

namespace {

double difference(const Tensor& ours, const json& golden) {
  return test::deviation(ours.to_vector<double>(), golden.get<std::vector<double>>());
}

}  // namespace

// Golden values: torchvision's ResNets and PyTorch's layers with weights from the same formula,
// tests/reference/travel.py.
TEST_CASE(
    "ResNets, a head with batch norms and the other layers have PyTorch's names, shapes and outputs, also after saving and loading") {
  const json all = test::golden_file("travel.json");
  REQUIRE(all.size() == 4);
  const Tensor images = test::formula_views(0, 2, 16);
  for (const auto& item : all.items()) {
    const std::string name = item.key();
    const json& golden = item.value();
    CAPTURE(name);
    const auto make = [&]() -> std::unique_ptr<nn::Layer> {
      Generator generator{.seed = 1};
      if (name == "layers") return std::make_unique<test::LayersNet>(generator);
      if (name == "head") return nn::make_projection_head(768, 16, 8, generator, {.batch_norm = true});
      return nn::make_encoder(name, {.height = 16, .width = 16, .channels = 3}, generator, {{"width", "8"}});
    };
    const auto source = make(), layer = make();
    test::fill_by_formula(*source);
    const test::TemporaryFolder folder;
    const auto path = folder / "weights.safetensors";
    nn::save_checkpoint(path, *source, {{"encoder", name}});
    CHECK(nn::load_checkpoint(path, *layer).at("encoder") == name);

    const auto state = nn::to_pytorch(layer->state_dict());
    CHECK(state.size() == golden["shapes"].size());
    for (const auto& named : state) {
      CAPTURE(named.first);
      REQUIRE(golden["shapes"].contains(named.first));
      CHECK(Shape(golden["shapes"][named.first].get<std::vector<int64_t>>()) == named.second.shape());
    }

    const NoGrad no_grad;
    const Tensor inputs = name == "head" ? reshape(images, {4, -1}) : images;
    layer->eval();
    CHECK(difference((*layer)(inputs), golden["evaluation"]) < 4e-6);
    layer->train();
    CHECK(difference((*layer)(inputs), golden["training"]) < (name == "resnet50" ? 1e-4 : 4e-5));
    const nn::NamedTensors buffers = layer->named_buffers();
    CHECK(buffers.back().first == golden["last"]);
    CHECK(difference(*buffers.back().second, golden["running_var"]) < 9e-5);
  }
}
