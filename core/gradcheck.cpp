#include "nce/core/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce {
namespace {

Shape index_of(int64_t element, const Shape& shape) {
  Shape index = shape;
  for (int d = shape.size() - 1; d >= 0; element /= shape[d--]) index[d] = element % shape[d];
  return index;
}

}  // namespace

GradcheckReport gradcheck(const std::function<Tensor(const std::vector<Tensor>&)>& f, std::vector<Tensor> inputs,
                          const GradcheckOptions& options) {
  const auto scalar = [&] {
    const Tensor out = f(inputs);
    check(out.dtype() == DType::f64,
          "gradcheck: the inputs are f64, the result is {}; keep the dtype of the inputs", to_string(out.dtype()));
    return sum(out * Tensor::randn(out.shape(), Key(99), DType::f64));
  };
  for (Tensor& x : inputs) x = x.detach().to(DType::f64).clone().set_requires_grad(true);
  scalar().backward();

  GradcheckReport report;
  report.largest = std::numeric_limits<double>::infinity();
  double scale = 1, worst = -1;
  NoGrad no_grad;
  for (size_t k = 0; k < inputs.size(); ++k) {
    check(inputs[k].grad().defined(), "gradcheck: input {} got no gradient: the result does not depend on it", k);
    const auto grad = inputs[k].grad().to_vector<double>();
    double* x = inputs[k].mutable_data<double>();
    double largest = 0;
    for (size_t i = 0; i < grad.size(); ++i) {
      const double before = x[i], h = options.eps * std::max(1.0, std::abs(before));
      x[i] = before + h;
      const double above = scalar().item();
      x[i] = before - h;
      const double below = scalar().item();
      x[i] = before;
      const double slope = (above - below) / (2 * h), apart = std::abs(slope - grad[i]);
      scale = std::max(scale, std::abs(slope));
      largest = std::max(largest, std::abs(grad[i]));
      if (!(apart <= worst) && !std::isnan(worst)) {  // a NaN is the worst
        worst = apart;
        report.input = int(k);
        report.index = index_of(int64_t(i), inputs[k].shape());
        report.backward = grad[i];
        report.difference = slope;
      }
    }
    check(largest >= options.least || std::isnan(worst),
          "gradcheck: no gradient of input {} is larger than {:g}, which checks nothing; choose other inputs, or "
          "detach() it",
          k, largest);
    report.largest = std::min(report.largest, largest);
  }
  report.deviation = std::max(worst, 0.0) / scale;
  if (std::isnan(worst)) report.deviation = worst;
  check(
      report.deviation <= options.rtol,
      "gradcheck: at {} of input {}, backward gives {:.9g}, central differences {:.9g}: they deviate by {:.2g}, more "
      "than {:g}",
      report.index, report.input, report.backward, report.difference, report.deviation, options.rtol);
  return report;
}

}  // namespace nce
