#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders/mlp.h"
#include "nce/nn/layers.h"

using namespace nce;
using namespace nce::nn;

namespace {

std::vector<std::string> names(Module& module) {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : module.named_parameters()) found.push_back(name);
  return found;
}

struct Experts : Layer {
  Experts(int64_t count, Generator& g) {
    for (int64_t i = 0; i < count; ++i) experts.add(Linear(3, 2, g));
  }
  Tensor forward(const Tensor& x) override {
    Tensor total = gate * 0.0;
    for (Linear& expert : experts) total = total + expert(x);
    return total;
  }
  void fields(Fields& f) override { f.parameter("gate", gate), f.module("experts", experts); }
  ModuleList<Linear> experts;
  Tensor gate = parameter(Tensor::ones({2}));
};

Experts make_experts(Generator& g) {
  Experts made(2, g);
  return made;
}

}  // namespace

TEST_CASE("modules move into vectors, lists and out of functions, and stay the same") {
  Generator g{.seed = 1}, same{.seed = 1};
  Experts experts = make_experts(g);
  Experts in_place(2, same);
  const Tensor x = Tensor::randn({4, 3}, Key(1));
  CHECK(names(experts) == std::vector<std::string>{"gate", "experts.0.weight", "experts.0.bias", "experts.1.weight",
                                                   "experts.1.bias"});
  const auto expected = in_place(x).to_vector<float>();
  CHECK(experts(x).to_vector<float>() == expected);
  std::vector<Experts> several;
  several.push_back(std::move(experts));
  several.push_back(make_experts(g));
  CHECK(several[0](x).to_vector<float>() == expected);
  several[0] = std::move(several[1]);
  CHECK(several[0](x).to_vector<float>() != expected);
  static_assert(!std::is_copy_constructible_v<Experts> && !std::is_copy_assignable_v<Linear>);
}

TEST_CASE("Sequential takes layers in a brace, by name or by number, and draws weights from left to right") {
  Generator g{.seed = 1}, same{.seed = 1};
  Sequential net{Linear(3, 4, g, {.bias = false}), ReLU(), Linear(4, 2, g)};
  Sequential added;
  added.add<Linear>(3, 4, same, LinearOptions{.bias = false}).add(ReLU()).add<Linear>(4, 2, same);
  CHECK(names(net) == std::vector<std::string>{"0.weight", "2.weight", "2.bias"});
  const Tensor x = Tensor::randn({5, 3}, Key(1));
  CHECK(net(x).to_vector<float>() == added(x).to_vector<float>());

  Sequential named{{"first", Linear(3, 4, g)}, {"act", ReLU()}, Linear(4, 4, g)};
  named.add("last", Sequential{Linear(4, 2, g), Tanh()});
  CHECK(names(named) == std::vector<std::string>{"first.weight", "first.bias", "2.weight", "2.bias",
                                                 "last.0.weight", "last.0.bias"});
  CHECK(named(x).shape() == Shape{5, 2});
  Sequential alone{Sequential{Linear(3, 4, g)}};
  CHECK(names(alone) == std::vector<std::string>{"0.weight", "0.bias"});
  CHECK(&named["act"] == &named[1]);
  CHECK(named.size() == 4);
  CHECK_THROWS_WITH_AS(named.add("act", ReLU()), "add: the name 'act' is taken", Error);
  CHECK_THROWS_WITH_AS(named.add("a.b", ReLU()), "add: the name 'a.b' has a dot, which stands between names",
                       Error);
  CHECK_THROWS_WITH_AS(named.add(std::unique_ptr<Layer>()), "add: there is no module to add, but a null pointer",
                       Error);
  CHECK_THROWS_WITH_AS(named["nothing"], "there is no module 'nothing' in this list; there are first, act, 2, last",
                       Error);
  CHECK_THROWS_WITH_AS(named[4], "there is no module 4 in a list of 4", Error);
}

TEST_CASE("a module list holds any modules, also without a forward of one tensor") {
  struct Scale : Module {
    void fields(Fields& f) override { f.parameter("scale", scale); }
    Tensor scale = Tensor::ones({2});
  };
  Generator g;
  ModuleList<Module> list{Scale(), {"head", Linear(2, 3, g)}};
  list.add(ReLU());
  CHECK(names(list) == std::vector<std::string>{"0.scale", "head.weight", "head.bias"});
  CHECK(list.size() == 3);
  list.eval();
  for (Module& part : list) CHECK_FALSE(part.training());
}

TEST_CASE("an error says where the layer stands that failed, and keeps the operation's own text") {
  struct Model : Layer {
    explicit Model(Generator& g) : encoder({4, 4, 1}, g, {.width = 8}) { head.add("norm", Norm(g)); }
    Tensor forward(const Tensor& x) override { return head(encoder(x)); }
    void fields(Fields& f) override { f.module("encoder", encoder), f.module("head", head); }
    struct Norm : Layer {
      explicit Norm(Generator& g) : linear(5, 1, g) {}
      Tensor forward(const Tensor& x) override { return x + linear(x); }
      void fields(Fields& f) override { f.module("linear", linear); }
      Linear linear;
    };
    Mlp encoder;
    Sequential head;
  };
  Generator g;
  Model model(g);
  const std::string op = "linear: x (3, 2) does not fit weight (1, 5) (out, in)";
  CHECK_THROWS_WITH_AS(model(Tensor::zeros({3, 4, 4, 1})), ("in head.norm.linear (Linear): " + op).c_str(), Error);
  CHECK_THROWS_WITH_AS(model.head(Tensor::zeros({3, 2})), ("in norm.linear (Linear): " + op).c_str(), Error);
  CHECK_THROWS_WITH_AS(static_cast<Model::Norm&>(model.head[0]).linear(Tensor::zeros({3, 2})), op.c_str(), Error);
  CHECK_THROWS_WITH_AS(
      model(Tensor::zeros({3, 4, 5, 1})),
      "in encoder (Mlp): mlp: was made for images of 16 values, got (3, 4, 5, 1); a convolutional encoder takes images of any size",
      Error);
  // A layer that no field names: the error of the nearest one that is named stays whole.
  Function hidden([&](const Tensor& x) { return model.head(x); });
  CHECK_THROWS_WITH_AS(hidden(Tensor::zeros({3, 2})), ("in norm.linear (Linear): " + op).c_str(), Error);
}

TEST_CASE("a class derived from Sequential keeps its own forward, also alone in braces") {
  struct Residual : Sequential {
    using Sequential::Sequential;
    Tensor forward(const Tensor& x) override { return x + Sequential::forward(x); }
  };
  Generator g;
  Sequential net{Residual{Linear(4, 4, g), ReLU()}};
  const Tensor x = Tensor::randn({2, 4}, Key(1));
  CHECK(net(x).to_vector<float>() == (x + relu(dynamic_cast<Sequential&>(net[0])[0](x))).to_vector<float>());
}
