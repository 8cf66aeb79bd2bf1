// Lesson 1: a tensor and its gradient. The slope of a function by hand, by the engine and by differences; then a few
// steps downhill.
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

// How wrong the model "y is w times x" is, for one x and y that were measured.
Tensor squared_error(const Tensor& w, double x, double y) { return square(w * x - y); }

void three_ways_to_a_slope() {
  Tensor w = Tensor::scalar(3, DType::f64).set_requires_grad(true);
  const Tensor error = squared_error(w, 2, 7);
  std::printf("w = 3: the error is %.1f\n", error.item());

  std::printf("slope by hand: %.6f\n", 2 * (3.0 * 2 - 7) * 2);

  error.backward();
  std::printf("slope by backward: %.6f\n", w.grad().item());

  const NoGrad no_grad;  // from here to the end of the function nothing is written down
  const double h = 1e-4;
  const double up = squared_error(w + h, 2, 7).item(), down = squared_error(w - h, 2, 7).item();
  std::printf("slope by differences: %.6f\n", (up - down) / (2 * h));
}

void downhill() {
  Tensor w = Tensor::scalar(3, DType::f64).set_requires_grad(true);
  for (int step = 1; step <= 5; ++step) {
    const Tensor error = squared_error(w, 2, 7);
    w.zero_grad();
    error.backward();
    const NoGrad no_grad;
    w -= w.grad() * 0.1;
    std::printf("step %d: error %.4f, then w = %.4f\n", step, error.item(), w.item());
  }
}

void a_slope_for_each_number() {
  Tensor w = Tensor::from({1, -2, 3}, {3}, DType::f64).set_requires_grad(true);
  const Tensor x = Tensor::from({4, 5, 6}, {3}, DType::f64);
  sum(relu(w * x)).backward();
  std::printf("the gradient of sum(relu(w * x)):");
  for (const double slope : w.grad().to_vector<double>()) std::printf(" %g", slope);
  std::printf("\n");

  const auto f = [](const std::vector<Tensor>& in) { return sum(relu(in[0] * in[1])); };
  gradcheck(f, {w, x});  // throws an error if backward and differences do not agree
  std::printf("gradcheck agrees\n");
}

}  // namespace

int main() {
  three_ways_to_a_slope();
  downhill();
  a_slope_for_each_number();
}
