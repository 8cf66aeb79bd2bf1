// The exercises of lesson 2.
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

// A network with or without relu learns the circle of the lesson; returns how many points of 300 it gets right, in percent.
double accuracy(int64_t hidden, bool with_relu) {
  const Tensor x = Tensor::uniform({300, 2}, -1, 1, Key(3), DType::f64);
  std::vector<int> labels;
  for (const double radius : sum(square(x), 1).to_vector<double>()) labels.push_back(radius < 0.64);
  Tensor w1 = Tensor::randn({2, hidden}, Key(1), DType::f64), b1 = Tensor::zeros({hidden}, DType::f64);
  Tensor w2 = Tensor::randn({hidden, 2}, Key(2), DType::f64) * 0.25, b2 = Tensor::zeros({2}, DType::f64);
  const std::vector<Tensor*> parameters = {&w1, &b1, &w2, &b2};
  for (Tensor* p : parameters) p->set_requires_grad(true);
  const auto network = [&] {
    const Tensor first = matmul(x, w1) + b1;
    return matmul(with_relu ? relu(first) : first, w2) + b2;
  };
  for (int step = 0; step < 1000; ++step) {
    cross_entropy(network(), labels).backward();
    const NoGrad no_grad;
    for (Tensor* p : parameters) {
      *p -= p->grad() * 0.5;
      p->zero_grad();
    }
  }
  const std::vector<int> said = argmax(network());
  double right = 0;
  for (size_t i = 0; i < labels.size(); ++i) right += said[i] == labels[i];
  return 100 * right / double(labels.size());
}

}  // namespace

int main() {
  // 1. Without relu, two layers are one: (x W1) W2 = x (W1 W2). All that it can draw is one line through the square, and no line
  // cuts out a circle.
  std::printf("without relu: %.0f %% right\n", accuracy(16, false));

  // 2. Each hidden unit gives one side of a polygon. A circle needs a few of them.
  for (const int64_t hidden : {1, 2, 4, 8})
    std::printf("hidden units: %d, right: %.0f %%\n", int(hidden), accuracy(hidden, true));
}
