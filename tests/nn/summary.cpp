#include "nce/nn/summary.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/nn/layers.h"

using namespace nce;
using namespace nce::nn;

namespace {

struct Net : Layer {
  explicit Net(Generator& g) : dropout(0.5, g) {
    body.add(Conv2d(3, 8, g, {.kernel = 3, .padding = 1, .bias = false}));
    body.add<BatchNorm2d>(8).add<ReLU>().add<MaxPool2d>().add<GlobalAvgPool2d>();
    head.add<Linear>(8, 128, g).add<GELU>().add(Linear(128, 4, g, {.bias = false}));
  }
  Tensor forward(const Tensor& x) override { return head(dropout(body(x))); }
  void fields(Fields& f) override { f.module("body", body), f.module("dropout", dropout), f.module("head", head); }
  Sequential body, head;
  Dropout dropout;
};

}  // namespace

TEST_CASE("a summary lists names, types, shapes and counts, and leaves the module as it was") {
  Generator generator;
  Net net(generator);
  net.dropout.eval();
  const auto before = net.named_buffers()[0].second->to_vector<float>();
  CHECK(summary(net, Tensor::ones({2, 6, 4, 3})) ==
        R"(name     type             output        parameters
         Net              (2, 4)                 -
body     Sequential       (2, 8)                 -
body.0   Conv2d           (2, 6, 4, 8)         216
body.1   BatchNorm        (2, 6, 4, 8)          16
body.2   ReLU             (2, 6, 4, 8)           -
body.3   MaxPool2d        (2, 3, 2, 8)           -
body.4   GlobalAvgPool2d  (2, 8)                 -
dropout  Dropout          (2, 8)                 -
head     Sequential       (2, 4)                 -
head.0   Linear           (2, 128)           1,152
head.1   GELU             (2, 128)               -
head.2   Linear           (2, 4)               512
1,896 parameters, 16 numbers in buffers, 7,648 bytes
)");
  CHECK(net.training());
  CHECK(net.body[1].training());
  CHECK_FALSE(net.dropout.training());
  CHECK(net.named_buffers()[0].second->to_vector<float>() == before);
  CHECK_THROWS_AS(summary(net, Tensor::ones({2, 6, 4, 5})), Error);
  CHECK(net.body[1].training());
}

TEST_CASE("a forward hook sees what layers compute, inner layers first") {
  Generator generator;
  Net net(generator);
  std::vector<const Module*> order;
  int64_t outer = 0;
  {
    const ForwardHook counting([&](Module&, const Tensor&, const Tensor&) { ++outer; });
    const ForwardHook hook([&](Module& module, const Tensor&, const Tensor&) { order.push_back(&module); });
    net(Tensor::ones({2, 4, 4, 3}));
  }
  net(Tensor::ones({2, 4, 4, 3}));
  CHECK(outer == 0);
  REQUIRE(order.size() == net.named_modules().size());
  CHECK(order.front() == &net.body[0]);
  CHECK(order.back() == &net);
}

TEST_CASE("small layers compute what their functions do") {
  const Tensor x = Tensor::randn({2, 4, 4, 3}, Key(1));
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.to_vector<float>() == b.to_vector<float>();
  };
  CHECK(same(ReLU()(x), relu(x)));
  CHECK(same(GELU()(x), gelu(x)));
  CHECK(same(SiLU()(x), silu(x)));
  CHECK(same(LeakyReLU(0.2)(x), leaky_relu(x, 0.2)));
  CHECK(same(ELU(0.5)(x), elu(x, 0.5)));
  CHECK(same(Sigmoid()(x), sigmoid(x)));
  CHECK(same(Tanh()(x), tanh(x)));
  CHECK(same(Identity()(x), x));
  CHECK(same(LayerNorm(3)(x), layer_norm(x, Tensor::ones({3}), Tensor::zeros({3}), 1e-5)));
  CHECK(same(Flatten()(x), reshape(x, {2, 48})));
  CHECK(same(GlobalAvgPool2d()(x), mean(x, {1, 2})));
  CHECK(same(MaxPool2d()(x), max_pool2d(x)));
  CHECK(same(AvgPool2d({.kernel = 4})(x), avg_pool2d(x, {.kernel = 4})));
}

TEST_CASE("options stand in one brace") {
  const Tensor x = Tensor::randn({2, 4, 4, 3}, Key(1));
  Generator g;
  CHECK(Conv2d(3, 64, g, {.kernel = 3, .padding = 1})(x).shape() == Shape{2, 4, 4, 64});
  CHECK(ConvTranspose2d(3, 8, g, {.kernel = 2, .stride = 2})(x).shape() == Shape{2, 8, 8, 8});
  CHECK(MaxPool2d({.kernel = 3, .stride = 1, .padding = 1})(x).shape() == Shape{2, 4, 4, 3});
  CHECK_FALSE(Linear(3, 4, g, {.bias = false}).bias.defined());
  CHECK(BatchNorm2d(3, {.eps = 1e-3, .momentum = 0.5}).momentum == 0.5);
  BatchNorm2d plain(3, {.affine = false});
  CHECK(plain.named_parameters().empty());
  CHECK(plain(x).shape() == x.shape());
  CHECK(LayerNorm(3, {.eps = 1e-3}).eps == 1e-3);
  CHECK_FALSE(GroupNorm(3, 6, {.affine = false}).weight.defined());
}

TEST_CASE("a convolution passes all its options on") {
  Generator generator;
  Conv2d conv(4, 6, generator, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .dilation = 2, .groups = 2});
  CHECK(conv.weight.shape() == Shape{6, 3, 2, 2});
  const Tensor x = Tensor::randn({2, 9, 8, 4}, Key(1));
  const Tensor expected =
      conv2d(x, conv.weight, conv.bias, {.stride = {2, 1}, .padding = {1, 0}, .dilation = 2, .groups = 2});
  CHECK(conv(x).to_vector<float>() == expected.to_vector<float>());
  CHECK(conv(x).shape() == Shape{2, 4, 6, 6});
  CHECK_FALSE(Conv2d(4, 6, generator, {.bias = false}).bias.defined());
}
