#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/sgd.h"
#include "support/trainer.h"
#include "support/paths.h"

using namespace nce;
using nlohmann::json;

namespace {

std::unique_ptr<nn::Optimizer> make_optimizer(const std::string& name, double lr, nn::Module& model) {
  const nn::NamedTensors parameters = model.named_parameters();
  if (name == "sgd")
    return std::make_unique<nn::SGD>(parameters, nn::SgdOptions{.lr = lr, .momentum = 0.9, .weight_decay = 1e-4});
  REQUIRE(name == "adamw");
  return std::make_unique<nn::AdamW>(parameters, nn::AdamWOptions{.lr = lr, .weight_decay = 1e-2});
}

// Trains `steps` steps as tests/reference/parity.py does and holds the loss of each to PyTorch's.
void follow(const std::string& encoder, const std::string& optimizer_name, DType dtype, int steps,
            double tolerance) {
  std::ifstream file(nce::test::source_file("tests/reference/parity.json"));
  const json curves = json::parse(file);
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const json& c) {
    return c["encoder"] == encoder && c["optimizer"] == optimizer_name && c["dtype"] == to_string(dtype);
  });
  REQUIRE(found != curves.end());
  const auto golden = (*found)["losses"].get<std::vector<double>>();
  REQUIRE(golden.size() == 100);
  const int pairs = (*found)["pairs"], size = (*found)["size"];

  test::Model model(encoder, size, (*found)["width"]);
  model.to(dtype);
  const auto optimizer = make_optimizer(optimizer_name, (*found)["lr"], model);
  double largest = 0;
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    losses.push_back(test::train_step(model, *optimizer, test::formula_views(step, pairs, size).to(dtype)));
    REQUIRE(std::isfinite(losses.back()));
    largest = std::max(largest, std::abs(losses.back() - golden[size_t(step)]) / golden[size_t(step)]);
  }
  MESSAGE(encoder, ", ", optimizer_name, ", ", std::string(to_string(dtype)), ": loss ", losses.front(), " to ",
          losses.back(), ", largest relative difference from PyTorch's curve ", largest);
  CHECK(largest < tolerance);
  CHECK(losses.back() < losses.front() - 0.05);
}

}  // namespace

TEST_CASE("mlp trains as PyTorch does, f32, SGD with momentum") { follow("mlp", "sgd", DType::f32, 100, 1e-3); }
TEST_CASE("mlp trains as PyTorch does, f32, AdamW") { follow("mlp", "adamw", DType::f32, 100, 1e-3); }
TEST_CASE("conv4 trains as PyTorch does, f32, SGD with momentum") { follow("conv4", "sgd", DType::f32, 100, 1e-3); }
TEST_CASE("conv4 trains as PyTorch does, f32, AdamW") { follow("conv4", "adamw", DType::f32, 100, 1e-3); }
TEST_CASE("resnet18 trains as PyTorch does, f32, SGD with momentum") {
  follow("resnet18", "sgd", DType::f32, 100, 1e-3);
}
TEST_CASE("resnet18 trains as PyTorch does, f32, AdamW") { follow("resnet18", "adamw", DType::f32, 100, 1e-3); }

// In f64 no rounding tips a ReLU or a max pool over, so that at larger steps too the two curves are one.
TEST_CASE("mlp trains as PyTorch does, f64, SGD with momentum") { follow("mlp", "sgd", DType::f64, 40, 1e-9); }
TEST_CASE("mlp trains as PyTorch does, f64, AdamW") { follow("mlp", "adamw", DType::f64, 40, 1e-9); }
TEST_CASE("conv4 trains as PyTorch does, f64, SGD with momentum") { follow("conv4", "sgd", DType::f64, 40, 1e-9); }
TEST_CASE("conv4 trains as PyTorch does, f64, AdamW") { follow("conv4", "adamw", DType::f64, 40, 1e-9); }
TEST_CASE("resnet18 trains as PyTorch does, f64, SGD with momentum") {
  follow("resnet18", "sgd", DType::f64, 40, 1e-9);
}
TEST_CASE("resnet18 trains as PyTorch does, f64, AdamW") { follow("resnet18", "adamw", DType::f64, 40, 1e-9); }
