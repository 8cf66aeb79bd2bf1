#include "nce/core/autograd.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

Tensor leaf(std::initializer_list<double> values) {
  return Tensor::from(values, {int64_t(values.size())}).set_requires_grad(true);
}

}  // namespace

TEST_CASE("gradients of a leaf add up over backward passes until zero_grad") {
  Tensor x = leaf({1, 2});
  sum(x * x).backward();
  sum(x * 3.0).backward();
  CHECK(x.grad().to_vector<double>() == std::vector<double>{5, 7});
  x.zero_grad();
  CHECK(!x.grad().defined());
}

TEST_CASE("two leaves never share the memory of a gradient") {
  Tensor a = leaf({1}), b = leaf({2});
  sum(a + b).backward();
  Tensor grad = a.grad();
  grad.mutable_data<float>()[0] = 9;
  CHECK(b.grad().item() == 1);
}

TEST_CASE("a second backward pass works where the graph is retained") {
  Tensor x = leaf({1, 2});
  Tensor loss = sum(exp(x));
  loss.backward(true);
  loss.backward();
  CHECK(x.grad().to_vector<float>()[0] == doctest::Approx(2 * std::exp(1.0)));
}

TEST_CASE("a derivative of the wrong shape is reported with the operation's name") {
  Tensor x = leaf({1, 2});
  const Tensor y = record("broken", Tensor::zeros({}), {x}, [](const Tensor& grad) { return grad; });
  CHECK_THROWS_WITH_AS(y.backward(),
                       "in backward of broken: the derivative by input 0 has shape (), the input has (2,)", Error);
}

TEST_CASE("nothing is recorded under NoGrad, and detach cuts the history") {
  Tensor x = leaf({1, 2});
  {
    NoGrad no_grad;
    CHECK(!(x * 2.0).requires_grad());
  }
  CHECK((x * 2.0).requires_grad());
  CHECK(!(x * 2.0).detach().requires_grad());
}

TEST_CASE("a chain of a million operations runs backward and is freed without recursion, and leaks nothing") {
  const int64_t before = live_bytes();
  {
    Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < 1000000; ++i) y = y + 1.0;
    sum(y).backward();
    CHECK(x.grad().item() == 1);
    Tensor unused = x;
    for (int i = 0; i < 1000000; ++i) unused = unused * 1.0;  // freed without a backward pass
  }
  CHECK(live_bytes() == before);
}

TEST_CASE("training steps after the first take no memory from the system") {
  Tensor w = Tensor::randn({64, 64}, Key(1)).set_requires_grad(true);
  const Tensor x = Tensor::randn({128, 64}, Key(2));
  int64_t after_first = 0;
  for (int step = 0; step < 5; ++step) {
    sum(relu(matmul(x, w))).backward();
    w.zero_grad();
    if (step == 0) after_first = system_bytes();
  }
  CHECK(system_bytes() == after_first);
}

TEST_CASE("chunks share the memory of the whole, and its gradient is that of slices") {
  const Tensor values = Tensor::randn({9, 5}, Key(1)), weights = Tensor::randn({3, 5}, Key(2));
  Tensor x = values.clone().set_requires_grad(true), y = values.clone().set_requires_grad(true);
  const std::vector<Tensor> parts = chunk(x, 3);
  const Tensor &first = parts[0], &second = parts[2];  // nothing is made of parts[1]
  CHECK(first.shape() == Shape{3, 5});
  CHECK(first.data<float>() == x.data<float>());
  CHECK(second.data<float>() == x.data<float>() + 30);
  CHECK(halves(slice(x, 0, 0, 6)).second.data<float>() == x.data<float>() + 15);
  const Tensor loss = sum(exp(first) * second * weights) + sum(first);
  const Tensor a = slice(y, 0, 0, 3), b = slice(y, 0, 6, 9);
  (sum(exp(a) * b * weights) + sum(a)).backward();
  loss.backward(true);
  CHECK(x.grad().to_vector<float>() == y.grad().to_vector<float>());
  x.zero_grad();
  loss.backward();  // the failed pass left nothing behind
  CHECK(x.grad().to_vector<float>() == y.grad().to_vector<float>());
}
