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

// Lists of a module's tensors point into it: a temporary module gives none. Dropout keeps its generator.
template <class M>
concept ListsParts = requires(M&& m) {
  std::forward<M>(m).named_parameters();
}
|| requires(M&& m) { std::forward<M>(m).state_dict(); }
|| requires(M&& m) { std::forward<M>(m).named_modules(); };
static_assert(ListsParts<Linear&> && !ListsParts<Linear>);
static_assert(!std::is_constructible_v<Dropout, double, Generator>);

TEST_CASE("a batch of no images goes through every layer, forward and backward") {
  Generator generator;
  const auto run = [](Layer& layer, const Shape& shape, const Shape& expected) {
    CAPTURE(shape);
    Tensor x = Tensor::zeros(shape).set_requires_grad(true);
    const Tensor y = layer(x);
    CHECK(y.shape() == expected);
    sum(y).backward();
    CHECK(x.grad().shape() == shape);
    for (const auto& named : layer.named_parameters()) {
      CAPTURE(named.first);
      for (const float g : named.second->grad().to_vector<float>()) CHECK(g == 0);
    }
  };
  Linear linear(6, 2, generator);
  run(linear, {0, 6}, {0, 2});
  Conv2d conv(3, 4, generator, {.padding = 1}), wide(64, 64, generator, {.padding = 1});
  run(conv, {0, 5, 6, 3}, {0, 5, 6, 4});
  run(wide, {0, 8, 8, 64}, {0, 8, 8, 64});
  Conv1d line(3, 4, generator, {.padding = 1});
  run(line, {0, 5, 3}, {0, 5, 4});
  ConvTranspose2d up(3, 4, generator, {.stride = 2}), wide_up(32, 32, generator, {.kernel = 3});
  run(up, {0, 5, 6, 3}, {0, 10, 12, 4});
  run(wide_up, {0, 8, 8, 32}, {0, 10, 10, 32});
  GroupNorm group_norm(2, 6);
  run(group_norm, {0, 5, 6}, {0, 5, 6});
  LayerNorm layer_norm(6);
  run(layer_norm, {0, 6}, {0, 6});
  BatchNorm batch_norm(3);
  CHECK_THROWS_WITH_AS(batch_norm(Tensor::zeros({0, 5, 6, 3})),
                       "batch_norm: training needs more than 1 value a channel, got x (0, 5, 6, 3)", Error);
  batch_norm.eval();
  run(batch_norm, {0, 5, 6, 3}, {0, 5, 6, 3});
  Dropout dropout(0.5, generator);
  run(dropout, {0, 6}, {0, 6});
  MaxPool2d max_pool;
  run(max_pool, {0, 5, 6, 3}, {0, 2, 3, 3});
  AvgPool2d avg_pool;
  run(avg_pool, {0, 5, 6, 3}, {0, 2, 3, 3});
  GlobalAvgPool2d global;
  run(global, {0, 5, 6, 3}, {0, 3});
  Flatten flatten;
  run(flatten, {0, 5, 6, 3}, {0, 90});
  run(flatten, {2, 0, 6, 3}, {2, 0});
}

TEST_CASE("a layer of sizes that make no sense says so") {
  Generator generator;
  CHECK_THROWS_WITH_AS(Conv2d(4, 4, generator, {.groups = 0}),
                       "Conv2d: 0 groups do not divide 4 input and 4 output channels", Error);
  CHECK_THROWS_WITH_AS(Conv2d(4, 6, generator, {.groups = 4}),
                       "Conv2d: 4 groups do not divide 4 input and 6 output channels", Error);
  CHECK_THROWS_WITH_AS(Conv1d(4, 6, generator, {.groups = 4}),
                       "Conv1d: 4 groups do not divide 4 input and 6 output channels", Error);
  CHECK_THROWS_WITH_AS(ConvTranspose2d(4, 6, generator, {.groups = 4}),
                       "ConvTranspose2d: 4 groups do not divide 4 input and 6 output channels", Error);
  CHECK_THROWS_WITH_AS(GroupNorm(4, 6), "GroupNorm: 4 groups do not divide 6 channels", Error);
  CHECK_THROWS_WITH_AS(Linear(int64_t{1} << 40, int64_t{1} << 40, generator),
                       "a tensor of shape (1099511627776, 1099511627776) would have more than 2^60 elements",
                       Error);
  CHECK_THROWS_WITH_AS(Linear(-2, 3, generator), "shape (3, -2) has a negative size", Error);
  Linear from_nothing(0, 2, generator);  // PyTorch's starts with a bias of 0 too
  CHECK(from_nothing(Tensor::zeros({3, 0})).to_vector<float>() == std::vector<float>(6, 0.f));
}
