#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/layers.h"

using namespace nce;
using namespace nce::nn;

TEST_CASE("names are dotted, and a state dict loads strictly") {
  Generator g1{.seed = 1}, g2{.seed = 2};
  auto a = make_encoder("conv4", {.height = 8, .width = 8, .channels = 3}, g1);
  auto b = make_encoder("conv4", {.height = 8, .width = 8, .channels = 3}, g2);
  CHECK(a->named_parameters()[0].first == "conv1.weight");
  CHECK(a->named_buffers()[1].first == "bn1.running_var");
  const Tensor x = Tensor::randn({2, 8, 8, 3}, Key(1));
  a->eval(), b->eval();
  CHECK((*a)(x).to_vector<float>() != (*b)(x).to_vector<float>());
  State state = state_of(a->state_dict());
  b->load_state_dict(state);
  CHECK((*a)(x).to_vector<float>() == (*b)(x).to_vector<float>());

  state[0].second = Tensor::zeros({1});
  state[1].first = "stranger";
  CHECK_THROWS_WITH_AS(b->load_state_dict(state),
                       "load_state_dict: this is the state of another module:"
                       "\n  shape: conv1.weight is (32, 3, 3, 3) here and (1,) in what is loaded"
                       "\n  missing: bn1.weight (32,)\n  unexpected: stranger (32,)",
                       Error);
}

TEST_CASE("train and eval reach every module, and f64 every tensor") {
  Generator generator;
  auto encoder = make_encoder("conv4", {.height = 8, .width = 8, .channels = 3}, generator);
  const Tensor x = Tensor::randn({2, 8, 8, 3}, Key(1));
  encoder->eval();
  const auto before = encoder->named_buffers()[0].second->to_vector<float>();
  (*encoder)(x);
  CHECK(encoder->named_buffers()[0].second->to_vector<float>() == before);
  encoder->train();
  (*encoder)(x);
  CHECK(encoder->named_buffers()[0].second->to_vector<float>() != before);
  encoder->to(DType::f64);
  CHECK((*encoder)(x.to(DType::f64)).dtype() == DType::f64);
}

TEST_CASE("a module that is no function of one tensor has names, state and modes too") {
  struct Pairs : Module {
    explicit Pairs(Generator& g) : head(3, 2, g) {}
    Tensor distance(const Tensor& a, const Tensor& b) { return norm(head(a) - head(b)) * scale; }
    void fields(Fields& f) override { f.parameter("scale", scale), f.module("head", head); }
    Linear head;
    Tensor scale = Tensor::scalar(2).set_requires_grad(true);
  };
  Generator generator;
  Pairs pairs(generator), other(generator);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : pairs.named_parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"scale", "head.weight", "head.bias"});
  const Tensor a = Tensor::randn({1, 3}, Key(1)), b = Tensor::randn({1, 3}, Key(2));
  CHECK(other.distance(a, b).item() != pairs.distance(a, b).item());
  other.load_state_dict(state_of(pairs.state_dict()));
  CHECK(other.distance(a, b).item() == pairs.distance(a, b).item());
  {
    const EvaluationMode evaluation(pairs);
    CHECK_FALSE(pairs.head.training());
  }
  CHECK(pairs.head.training());
}
