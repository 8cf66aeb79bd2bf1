#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/sgd.h"
#include "support/golden.h"
#include "support/trainer.h"

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

const json curves = nce::test::golden_file("parity.json");

// Trains `steps` steps as tests/reference/parity.py does. Compares the loss of each step with PyTorch's curve.
void follow(const json& curve, int steps, double tolerance) {
  const std::string encoder = curve["encoder"], optimizer_name = curve["optimizer"];
  const DType dtype = curve["dtype"] == "f32" ? DType::f32 : DType::f64;
  const auto golden = curve["losses"].get<std::vector<double>>();
  REQUIRE(golden.size() == 100);
  const int pairs = curve["pairs"], size = curve["size"];

  test::Model model(encoder, size, curve["width"]);
  model.to(dtype);
  const auto optimizer = make_optimizer(optimizer_name, curve["lr"], model);
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

// In f64 no rounding changes the side of a ReLU or the winner of a max pool. So the two curves are one, even at
// larger steps.
void follow_all(const std::string& encoder) {
  int count = 0;
  for (const json& curve : curves) {
    if (curve["encoder"] != encoder) continue;
    curve["dtype"] == "f32" ? follow(curve, 100, 1e-3) : follow(curve, 40, 1e-9);
    ++count;
  }
  CHECK(count == 4);  // two optimisers, two dtypes
}

}  // namespace

TEST_CASE("mlp trains as PyTorch does") { follow_all("mlp"); }
TEST_CASE("conv4 trains as PyTorch does") { follow_all("conv4"); }
TEST_CASE("resnet18 trains as PyTorch does") { follow_all("resnet18"); }
