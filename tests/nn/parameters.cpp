#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/sgd.h"

using namespace nce;
using namespace nce::nn;

namespace {

// A scale that forgot requires_grad, and a child that `fields` names or not.
struct Model : Layer {
  explicit Model(Generator& g, bool complete) : child(3, 4, g, {.bias = false}), complete(complete) {}
  Tensor forward(const Tensor& x) override { return child(x) * scale; }
  void fields(Fields& f) override {
    f.parameter("scale", scale);
    if (complete) f.module("child", child);
  }
  Linear child;
  Tensor scale = Tensor::ones({4});
  bool complete;
};

const Tensor x = Tensor::randn({5, 3}, Key(1));

void step(Layer& model, Optimizer& optimizer) {
  optimizer.zero_grad();
  sum(square(model(x))).backward();
  optimizer.step();
}

}  // namespace

TEST_CASE("what fields() names as a parameter is trained") {
  Generator g;
  Model model(g, true);
  CHECK_FALSE(model.scale.requires_grad());
  SGD optimizer(model.named_parameters(), {.lr = 0.1});
  CHECK(model.scale.requires_grad());
  const auto before = model.scale.to_vector<float>(), weight = model.child.weight.to_vector<float>();
  for (int i = 0; i < 3; ++i) step(model, optimizer);
  CHECK(model.scale.to_vector<float>() != before);
  CHECK(model.child.weight.to_vector<float>() != weight);

  // What was decided by hand stays; a list by hand decides too.
  Model other(g, true);
  other.scale.set_requires_grad(false);
  other.named_parameters();
  CHECK_FALSE(other.scale.requires_grad());
  Tensor loose = Tensor::ones({2});
  SGD by_hand({{"loose", &loose}});
  CHECK(loose.requires_grad());
}

TEST_CASE("a parameter is a dense leaf") {
  const Tensor scale = parameter(t(Tensor::randn({2, 3}, Key(1))) * 2.0);
  CHECK((scale.is_leaf() && scale.requires_grad() && scale.is_contiguous()));
  Tensor result = scale * 2.0;
  CHECK_THROWS_WITH_AS(SGD({{"encoder.scale", &result}}),
                       "parameter 'encoder.scale' is the result of affine, so no gradient stays with it; keep "
                       "nn::parameter(...) of the result",
                       Error);
}

TEST_CASE("a parameter that backward reaches and no optimizer moves is found at the second step") {
  const std::string forgotten =
      "in backward of permute: a leaf of shape (4, 3) still has its gradient from before the optimizer's last step, so no "
      "optimizer moves it. Is it a parameter that fields() does not name, or whose module the optimizer was not given? If "
      "it is meant to stay, freeze() its module or set_requires_grad(false); if you move it yourself, zero_grad() it each "
      "step";
  Generator g;
  Model model(g, false);
  AdamW optimizer(model.named_parameters());
  step(model, optimizer);
  CHECK_THROWS_WITH_AS(step(model, optimizer), forgotten.c_str(), Error);

  // What trains without it, or is moved elsewhere, is no error.
  Model frozen(g, false);
  frozen.child.freeze();
  AdamW of_frozen(frozen.named_parameters());
  for (int i = 0; i < 3; ++i) step(frozen, of_frozen);
  Model split(g, false);
  SGD head(split.named_parameters(), {.lr = 0.1}), body(split.child.named_parameters(), {.lr = 0.1});
  for (int i = 0; i < 3; ++i) {  // gradients for `body` add up, and it steps once
    step(split, head);
    if (i == 2) body.step();
  }
  Model by_hand(g, false);
  SGD of_scale(by_hand.named_parameters(), {.lr = 0.1});
  for (int i = 0; i < 3; ++i) {
    step(by_hand, of_scale);
    by_hand.child.weight.zero_grad();
  }
}

TEST_CASE("a frozen encoder stays as it is, and trains on after unfreeze") {
  Generator g{.seed = 1};
  auto encoder = make_encoder("conv4", {8, 8, 1}, g, {{"width", "4"}});
  Linear head(16, 3, g);
  const Tensor images = Tensor::randn({6, 8, 8, 1}, Key(2));
  const std::vector<int> labels{0, 1, 2, 0, 1, 2};
  NamedTensors parameters = encoder->named_parameters();
  for (const auto& named : head.named_parameters()) parameters.push_back(named);
  SGD optimizer(parameters, {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1});
  const auto train = [&] {
    for (int i = 0; i < 3; ++i) {
      optimizer.zero_grad();
      cross_entropy(head((*encoder)(images)), labels).backward();
      optimizer.step();
    }
  };
  const auto values = [](Module& module) {
    std::vector<std::pair<std::string, std::vector<float>>> all;
    for (const auto& [name, tensor] : module.state_dict()) all.emplace_back(name, tensor->to_vector<float>());
    return all;
  };
  train();
  const auto before = values(*encoder), head_before = values(head);
  encoder->freeze();
  encoder->train();  // a loop that calls it every epoch
  CHECK_FALSE(encoder->training());
  train();
  { const EvaluationMode evaluation(*encoder); }
  CHECK(values(*encoder) == before);  // statistics too, and the same names
  CHECK(values(head) != head_before);
  for (const auto& [name, tensor] : encoder->named_parameters()) {
    CHECK_FALSE(tensor->requires_grad());
    CHECK_FALSE(tensor->grad().defined());
  }
  encoder->unfreeze();
  CHECK(encoder->training());
  train();
  const auto after = values(*encoder);
  for (size_t i = 0; i < after.size(); ++i) CHECK(after[i] != before[i]);
}

TEST_CASE("an optimizer says that its module has moved away") {
  Generator g;
  Linear layer(3, 4, g);
  SGD optimizer(layer.named_parameters());
  Linear moved = std::move(layer);
  const char* gone = "SGD: parameter 'weight' is gone: its module was moved after the optimizer was made";
  CHECK_THROWS_WITH_AS(optimizer.step(), gone, Error);
  CHECK_THROWS_WITH_AS(optimizer.zero_grad(), gone, Error);
  CHECK_THROWS_AS(layer.weight.zero_grad(), Error);
}
