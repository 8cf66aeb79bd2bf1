// What users of NumPy and PyTorch type first, and names that they have themselves.
#include <doctest/doctest.h>

#include <iostream>
#include <sstream>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"

using namespace nce;

// A program that says `using namespace nce;` has names of its own. What the engine alone uses is in nce::detail or has a
// name that nobody else gives.
struct Block {};
struct Node {};
struct Storage {};
struct Scratch {};
struct Dims {};
struct Edge {};
struct Row {};
struct Batch {};
struct Pool {};
struct Frame {};
struct Rows {};
struct TensorImpl {};

namespace {

std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }
using List = std::vector<double>;

}  // namespace

TEST_CASE("own names stand beside `using namespace nce`") {
  const Block block;
  const Node node;
  const Storage storage;
  const Scratch scratch;
  const Dims dims;
  const Edge edge;
  const Row row;
  const Batch batch;
  const Pool pool;
  const Frame frame;
  const Rows rows;
  const TensorImpl impl;
  (void)block, (void)node, (void)storage, (void)scratch, (void)dims, (void)edge, (void)row, (void)batch, (void)pool;
  (void)frame, (void)rows, (void)impl;
}

TEST_CASE("a generator of a seed is one, whatever the brackets") {
  const uint64_t seed = 7;
  Random plain(seed), braces{Key(seed)};
  for (int i = 0; i < 5; ++i) CHECK(plain.bits() == braces.bits());
}

TEST_CASE("+= gives a handle a new value, which no other handle sees") {
  Tensor a = Tensor::from({1, 2, 3}), old = a;
  a += Tensor::ones({3});
  a *= 2.0;
  a -= 1.0;
  a /= Tensor::from({3});
  CHECK(values(a)[2] == doctest::Approx(7 / 3.));
  CHECK(values(old) == List{1, 2, 3});
}

TEST_CASE("+= on a result is recorded, a parameter takes it under NoGrad alone, in place") {
  Tensor w = Tensor::from({1, 2}).set_requires_grad(true);
  Tensor sum_of_terms = Tensor::zeros({2});
  for (int i = 0; i < 3; ++i) sum_of_terms += w * double(i);
  sum(sum_of_terms).backward();
  CHECK(values(w.grad()) == List{3, 3});
  const Tensor other = w;
  const Tensor before = sum(square(w));
  {
    NoGrad no_grad;
    w -= w.grad() * 0.5;
  }
  CHECK(values(other) == List{-0.5, 0.5});
  CHECK(w.requires_grad());
  CHECK_THROWS_WITH_AS(before.backward(), doctest::Contains("was changed in place"), Error);
}

TEST_CASE("x[i] is a row, counted from either end, and passes the gradient") {
  Tensor x = Tensor::from({1, 2, 3, 4, 5, 6}, {3, 2}).set_requires_grad(true);
  CHECK(x[1].shape() == Shape{2});
  CHECK(x[-1][0].item() == 5);
  (x[0][1] * 3.0 + x[2][1]).backward();
  CHECK(values(x.grad()) == List{0, 3, 0, 0, 0, 1});
  static_assert(!std::is_assignable_v<decltype(x[0]), Tensor>);  // it would be silently lost
}

TEST_CASE("numbers stand on either side of comparisons and choices") {
  const Tensor x = Tensor::from({-1, 0, 2});
  CHECK(values(x > 0) == List{0, 0, 1});
  CHECK(values(0 < x) == List{0, 0, 1});
  CHECK(values(x >= 0.0) == List{0, 1, 1});
  CHECK(values(x <= x) == List{1, 1, 1});
  CHECK(values(2 <= x) == List{0, 0, 1});
  CHECK(values(x == 0) == List{0, 1, 0});
  CHECK(values(0 != x) == List{1, 0, 1});
  CHECK(values(x == -x) == List{0, 1, 0});
  CHECK(values(gt(x, -0.5)) == List{0, 1, 1});
  CHECK(values(lt(1, x)) == List{0, 0, 1});
  CHECK(values(maximum(x, 0)) == List{0, 0, 2});
  CHECK(values(minimum(1, x)) == List{-1, 0, 1});
  CHECK(values(where(x > 0, x, 7)) == List{7, 7, 2});
  CHECK(values(where(x > 0, 7, x)) == List{-1, 0, 7});
  CHECK((x.to(DType::f64) > 0).dtype() == DType::f64);
}

TEST_CASE("a mask from a comparison needs no detach()") {
  const Tensor x = Tensor::from({-1, 1, 2}).set_requires_grad(true);
  (sum(where(x > 0, x * 3.0, x)) + sum(masked_fill(x, x > 1, 0)) + masked_softmax(x, x > 1)[2]).backward();
  CHECK(values(x.grad()) == List{2, 4, 3});
  sum(where((x > 0) * (x > 1), x * 3.0, x)).backward();  // also of several comparisons

  // The gradient of a mask that is none is not cut in silence.
  for (const Tensor& soft : {sigmoid(x), x, (x > 0) * x}) {
    CHECK_THROWS_WITH_AS(
        sum(where(soft, x * 3.0, x)).backward(),
        "in backward of where: where has no derivative by its input 0; detach() that input if none is meant",
        Error);
    CHECK_THROWS_AS(masked_softmax(x, soft)[2].backward(), Error);
  }
}

TEST_CASE("tensors are made from lists of numbers, and by rule") {
  CHECK(values(Tensor::from({1, 2, 3})) == List{1, 2, 3});
  CHECK(Tensor::from({1.5}, DType::f64).dtype() == DType::f64);
  CHECK(Tensor::from(std::vector<int>{1, 2, 3, 4}, {2, 2}).shape() == Shape{2, 2});
  CHECK(values(Tensor::from(std::vector<int>{3, 1})) == List{3, 1});
  CHECK(Tensor::from(std::vector<double>{3, 1}).dtype() == DType::f64);
  CHECK(values(Tensor::arange(4)) == List{0, 1, 2, 3});
  CHECK(values(Tensor::arange(1, 2, 0.25, DType::f64)) == List{1, 1.25, 1.5, 1.75});
  CHECK(values(Tensor::arange(3, 0, -2)) == List{3, 1});
  CHECK(Tensor::arange(0).numel() == 0);
  CHECK(values(Tensor::eye(2)) == List{1, 0, 0, 1});
  CHECK(values(Tensor::eye(2, 3, DType::f64)) == List{1, 0, 0, 0, 1, 0});
  CHECK(Tensor::eye(0).numel() == 0);
  CHECK(values(index_select(Tensor::arange(4), 0, {3, 3, 0})) == List{3, 3, 0});
  CHECK(values(one_hot({1, 0}, 2)) == List{0, 1, 1, 0});
}

TEST_CASE("sort and topk give values and where they stood") {
  const auto [values_, indices] = topk(Tensor::from({3, 1, 2}), 2);
  CHECK(values(values_) == List{3, 2});
  CHECK(indices == std::vector<int>{0, 2});
}

TEST_CASE("printing a tensor shows its shape and its elements in brackets") {
  const auto printed = [](const Tensor& x) { return (std::ostringstream() << x).str(); };
  CHECK(printed(Tensor()) == "Tensor(undefined)");
  CHECK(printed(Tensor::scalar(2.5)) == "Tensor() f32 2.5");
  CHECK(printed(Tensor::from({1, -2, 0.5})) == "Tensor(3,) f32 [1, -2, 0.5]");
  CHECK(printed(t(Tensor::from({1, 2, 30, 4, -5, 6}, {2, 3}, DType::f64))) ==
        "Tensor(3, 2) f64\n[[ 1,  4],\n [ 2, -5],\n [30,  6]]");
  CHECK(printed(Tensor::arange(1, 5).set_requires_grad(true)) == "Tensor(4,) f32 [1, 2, 3, 4]");
  CHECK(printed(reshape(Tensor::arange(4), {2, 1, 2})) == "Tensor(2, 1, 2) f32\n[[[0, 1]],\n\n [[2, 3]]]");
  CHECK(printed(Tensor::zeros({2, 0})) == "Tensor(2, 0) f32\n[[],\n []]");
  CHECK(printed(Tensor::arange(2000)) == "Tensor(2000,) f32 [0, 1, 2, ..., 1997, 1998, 1999]");
  CHECK(
      printed(reshape(Tensor::arange(2000), {1000, 2})) ==
      "Tensor(1000, 2) f32\n[[   0,    1],\n [   2,    3],\n [   4,    5],\n ...,\n [1994, 1995],\n [1996, 1997],\n "
      "[1998, 1999]]");
}

// The lines of examples/README.md.
TEST_CASE("the tensor in ten lines does what it says") {
  std::ostringstream text;
  {
    struct Redirected {  // restores it also where a line throws
      std::streambuf* before;
      ~Redirected() { std::cout.rdbuf(before); }
    } redirected{std::cout.rdbuf(text.rdbuf())};
    // clang-format off
    Tensor x = Tensor::from({1, 2, 3, 4, 5, 6}, {2, 3});          // or zeros, ones, full, arange, eye, randn, uniform
    Tensor w = Tensor::randn({3, 4}).set_requires_grad(true);     // f32; DType::f64 where asked for
    Tensor y = relu(matmul(x, w) + 0.5) * 2;                      // methods are functions: mean(y, 0), reshape(y, {8}), t(y)
    y += where(y > 1, y, 0);                                      // a new value for y alone: nothing is written in place
    Tensor row = y[0], part = slice(y, 1, 0, 2);                  // y[0], y[:, 0:2]: views
    auto [best, at] = topk(row, 2);                               // values, and std::vector<int> of their places
    sum(square(y)).backward();                                    // then w.grad()
    NoGrad no_grad;                                               // until the end of the scope
    w -= w.grad() * 0.1;                                          // parameters change under NoGrad alone
    std::cout << w << y.shape()[1] << mean(y).item();
    // clang-format on
    CHECK(part.shape() == Shape{2, 2});
    CHECK(best[0].item() == row[at[0]].item());
  }
  CHECK(text.str().starts_with("Tensor(3, 4) f32\n[["));
}
