#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "ops_table.h"
#include "support/gradcheck.h"

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
  const GradientReport report = check_gradient(f, sample.inputs);
  CHECK(report.deviation < 1e-6);
  CHECK(report.largest > 1e-3);
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
    if (row.differentiable || row.name == "argmax") continue;  // argmax gives no tensor
    CAPTURE(row.name);
    Inputs x = row.samples[0].inputs;
    for (Tensor& each : x) each = each.detach().set_requires_grad(true);
    const Tensor out = row.call(x, row.samples[0].options);
    CHECK_THROWS_WITH_AS(sum(out).backward(), doctest::Contains((row.name + " has no derivative").c_str()), Error);
  }
}

TEST_CASE("the gradient check finds a derivative that is wrong") {
  const auto wrong_exp = [](const Inputs& x) {
    const Tensor out = exp(x[0].detach());
    return record("wrong_exp", out, {x[0]}, [out](const Tensor& grad) { return grad * out * 1.0001; });
  };
  CHECK(check_gradient(wrong_exp, {Tensor::randn({3}, Key(1), DType::f64)}).deviation > 1e-5);
}
