#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/gradcheck.h"
#include "ops_table.h"

using namespace nce;
using namespace nce::test;

namespace {

// The same values in other memory: transposed, or every second element of twice as many.
Tensor strided(const Tensor& x) {
  if (x.dim() >= 2) return t(t(x).clone());
  if (x.dim() == 0) return x;
  return reshape(slice(stack({x, x}, 1), 1, 0, 1), x.shape());
}

void check_row(const OpRow& row, const Sample& sample, Tensor (*view)(const Tensor&)) {
  const auto f = [&](const Inputs& x) {
    Inputs seen;
    for (const Tensor& each : x) seen.push_back(view(each));
    return row.call(seen, sample.options);
  };
  CHECK_NOTHROW(gradcheck(f, sample.inputs));
}

}  // namespace

TEST_CASE("every derivative is the central difference, for dense and for strided inputs") {
  for (const OpRow& row : op_rows())
    for (const Sample& sample : row.samples) {
      if (!row.differentiable) continue;
      CAPTURE(row.name);
      check_row(row, sample, [](const Tensor& x) { return x; });
      check_row(row, sample, strided);
    }
}

TEST_CASE("a backward pass refuses operations without a derivative, by name") {
  for (const OpRow& row : op_rows()) {
    if (row.differentiable || row.name == "argmax" || row.name == "one_hot") continue;  // integers
    CAPTURE(row.name);
    Inputs x = row.samples[0].inputs;
    for (Tensor& each : x) each = each.detach().set_requires_grad(true);
    const Tensor out = row.call(x, row.samples[0].options);
    CHECK_THROWS_WITH_AS(sum(out).backward(), doctest::Contains((row.name + " has no derivative").c_str()), Error);
  }
}

TEST_CASE("gradcheck names the worst element, and what checks nothing") {
  const Tensor x = Tensor::from({1, 2, -3, 0.5}, {2, 2});  // f32: gradcheck converts
  CHECK(gradcheck([](const Inputs& x) { return exp(x[0]) * x[1]; }, {x, x + 1}).deviation < 1e-8);
  const auto wrong = [](double at_first, double elsewhere) {  // exp with its derivative times a factor
    return [=](const Inputs& x) {
      const Tensor out = exp(x[0].detach());
      const Tensor factor = Tensor::from({elsewhere, at_first, elsewhere, elsewhere}, {2, 2}, DType::f64);
      return record("wrong_exp", out, {x[0]}, [=](const Tensor& grad) { return grad * out * factor; });
    };
  };
  const auto refuses = [&](const auto& f, const char* text) {
    CHECK_THROWS_WITH_AS(gradcheck(f, {x}), doctest::Contains(text), Error);
  };
  CHECK_NOTHROW(gradcheck(wrong(1, 1), {x}));
  CHECK_NOTHROW(gradcheck(wrong(1.01, 1), {x}, {.rtol = 0.1}));
  refuses(wrong(1.0001, 1), "gradcheck: at (0, 1) of input 0, backward gives");
  refuses(wrong(std::nan(""), 1), "gradcheck: at (0, 1) of input 0, backward gives nan");
  refuses(wrong(0, 0), "gradcheck: no gradient of input 0 is larger than 0, which checks nothing");
  refuses([](const Inputs& x) { return x[0].to(DType::f32); }, "gradcheck: the inputs are f64, the result is f32");
  CHECK_THROWS_WITH_AS(gradcheck([](const Inputs& x) { return exp(x[0]); }, {x, x}),
                       "gradcheck: input 1 got no gradient: the result does not depend on it", Error);
}
