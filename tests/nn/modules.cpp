#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

TEST_CASE("encoders give their features, and every parameter gets a gradient") {
  const std::pair<std::string, int64_t> expected[] = {
      {"mlp", 784 * 512 + 512 + 512 * 256 + 256 + 256 * 128 + 128},
      {"conv4", 9 * (32 + 32 * 64 + 64 * 128 + 128 * 128) + 2 * 352}};
  for (const auto& [name, count] : expected) {
    CAPTURE(name);
    Generator generator{.seed = 1};
    auto encoder = make_encoder(name, {.height = 28, .width = 28, .channels = 1}, generator);
    CHECK(encoder->parameter_count() == count);
    const Tensor out = (*encoder)(Tensor::randn({4, 28, 28, 1}, Key(1)));
    CHECK(out.shape() == Shape{4, encoder->feature_dim()});
    sum(square(out)).backward();
    for (const auto& [parameter, tensor] : encoder->named_parameters()) {
      CAPTURE(parameter);
      REQUIRE(tensor->grad().defined());
      CHECK(norm(tensor->grad()).item() > 0);
    }
  }
}

TEST_CASE("names are dotted, and a state dict travels strictly") {
  Generator g1{.seed = 1}, g2{.seed = 2};
  auto a = make_encoder("conv4", {.height = 8, .width = 8, .channels = 3}, g1);
  auto b = make_encoder("conv4", {.height = 8, .width = 8, .channels = 3}, g2);
  CHECK(a->named_parameters()[0].first == "conv1.weight");
  CHECK(a->named_buffers()[1].first == "bn1.running_var");
  const Tensor x = Tensor::randn({2, 8, 8, 3}, Key(1));
  a->eval(), b->eval();
  CHECK((*a)(x).to_vector<float>() != (*b)(x).to_vector<float>());
  std::vector<std::pair<std::string, Tensor>> state;
  for (const auto& [name, tensor] : a->state_dict()) state.emplace_back(name, *tensor);
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

// Values of torch.optim (1.13) on w = 1, gradient 2 w each step, three steps.
TEST_CASE("optimisers take PyTorch's steps") {
  const auto run = [](auto make) {
    Tensor w = Tensor::ones({1}, DType::f64).set_requires_grad(true);
    auto optimizer = make(NamedTensors{{"w", &w}});
    for (int i = 0; i < 3; ++i) {
      optimizer.zero_grad();
      sum(w * w).backward();
      optimizer.step();
    }
    return w.item();
  };
  CHECK(run([](auto p) { return SGD(p, {.lr = 0.1}); }) == Approx(0.512).epsilon(1e-12));
  CHECK(run([](auto p) { return SGD(p, {.lr = 0.1, .momentum = 0.9}); }) ==
        Approx(0.0619999999999999).epsilon(1e-12));
  CHECK(run([](auto p) { return SGD(p, {.lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1}); }) ==
        Approx(-0.14046839900000005).epsilon(1e-12));
  CHECK(run([](auto p) { return Adam(p, {.lr = 0.1, .weight_decay = 0.1}); }) ==
        Approx(0.7015862728718214).epsilon(1e-12));
  CHECK(run([](auto p) { return AdamW(p, {.lr = 0.1, .weight_decay = 0.1}); }) ==
        Approx(0.6751012216400698).epsilon(1e-12));
}
