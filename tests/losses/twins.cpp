// Each loss over the pairwise engine beside its dense definition.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "expected.h"
#include "nce/core/ops.h"
#include "support/deviation.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;

namespace {

struct Result {
  double value;
  std::vector<double> gradient;
};

Result differentiate(Loss& loss, const Views& views, DType dtype) {
  const int64_t n = views.z1.size(0);
  std::vector<int> labels;
  for (int64_t i = 0; i < n; ++i) labels.push_back(int(i * i % 7) - 2);
  std::vector<Tensor> leaves;
  for (const Tensor& z : views.all()) leaves.push_back(z.to(dtype).clone().detach().set_requires_grad(true));
  Views given = views_of(leaves);
  given.labels = labels;
  const Tensor value = loss(given);
  value.backward();
  Result result{value.item(), {}};
  for (const Tensor& z : leaves) {
    const Tensor grad = z.grad().defined() ? z.grad() : Tensor::zeros(z.shape());
    for (const double g : grad.to_vector<double>()) result.gradient.push_back(g);
  }
  return result;
}

}  // namespace

TEST_CASE("every loss of pairs is its dense definition, value and gradient, at sizes that fit no tile") {
  for (const int64_t n : {2, 3, 300, 700})
    for (const double tau : {0.5, 0.1}) {
      if (n > 512 && tau > 0.1) continue;  // the largest tiles once: the dense f64 loss takes its time
      const int64_t d = n < 10 ? 5 : 19;
      std::vector<Tensor> z{Tensor::randn({n, d}, Key(1), DType::f64)};
      for (const uint64_t view : {2, 3, 4}) z.push_back(z[0] + Tensor::randn({n, d}, Key(view), DType::f64));
      for (const Expected& row : expected_losses(double(n), double(d), tau)) {
        if (!row.dense.make) continue;
        const std::string name = row.name();
        CAPTURE(name);
        CAPTURE(n);
        CAPTURE(tau);
        const auto loss = row.make(tau), dense = row.make_dense(tau);
        const Views views = row.views(z);
        const Result reference = differentiate(*dense, views, DType::f64);
        const Result f64 = differentiate(*loss, views, DType::f64), f32 = differentiate(*loss, views, DType::f32);
        const double scale = std::max(1.0, std::abs(reference.value));
        CHECK(std::abs(f64.value - reference.value) < 1e-11 * scale);
        CHECK(std::abs(f32.value - reference.value) < 1e-5 * scale);
        CHECK(deviation(f64.gradient, reference.gradient) < 1e-10);
        CHECK(deviation(f32.gradient, reference.gradient) < 1e-4);
        CHECK(*std::max_element(reference.gradient.begin(), reference.gradient.end()) > 0);
      }
    }
}
