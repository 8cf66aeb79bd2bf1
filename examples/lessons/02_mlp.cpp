// Lesson 2: a network from nothing. Two layers made of plain tensors learn which points lie in a circle; then the same
// with the layers and the optimiser of nn.
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/nn/layers.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/sequential.h"

using namespace nce;

namespace {

constexpr int kPoints = 300, kHidden = 16;

// 1 for a point in the circle around (0, 0) that fills half of the square, else 0.
std::vector<int> in_circle(const Tensor& points) {
  std::vector<int> labels;
  for (const double radius : sum(square(points), 1).to_vector<double>()) labels.push_back(radius < 0.64);
  return labels;
}

double accuracy(const Tensor& logits, const std::vector<int>& labels) {
  const std::vector<int> said = argmax(logits);
  double right = 0;
  for (size_t i = 0; i < labels.size(); ++i) right += said[i] == labels[i];
  return 100 * right / double(labels.size());
}

struct Network {
  Tensor w1 = Tensor::randn({2, kHidden}, Key(1), DType::f64), b1 = Tensor::zeros({kHidden}, DType::f64);
  Tensor w2 = Tensor::randn({kHidden, 2}, Key(2), DType::f64) * 0.25, b2 = Tensor::zeros({2}, DType::f64);
  std::vector<Tensor*> parameters() { return {&w1, &b1, &w2, &b2}; }

  Tensor operator()(const Tensor& x) const {
    const Tensor hidden = relu(matmul(x, w1) + b1);
    return matmul(hidden, w2) + b2;
  }
};

// -log of the probability that the network gives to the right answer, on average.
Tensor loss_of(const Tensor& logits, const std::vector<int>& labels) {
  const Tensor log_p = logits - logsumexp(logits, {1}, true);
  return neg(mean(sum(log_p * one_hot(labels, 2, DType::f64), 1)));
}

void draw(const Network& network) {
  for (double y = 1; y > -1.01; y -= 0.2) {
    for (double x = -1; x < 1.01; x += 0.1) {
      const Tensor logits = network(Tensor::from({x, y}, {1, 2}, DType::f64));
      std::putchar(argmax(logits)[0] ? '#' : '.');
    }
    std::putchar('\n');
  }
}

void from_nothing(const Tensor& points, const std::vector<int>& labels) {
  Network network;
  for (Tensor* p : network.parameters()) p->set_requires_grad(true);
  for (int step = 0; step <= 1000; ++step) {
    const Tensor logits = network(points), loss = loss_of(logits, labels);
    if (step % 250 == 0)
      std::printf("step %4d: loss %.3f, %.0f %% right\n", step, loss.item(), accuracy(logits, labels));
    loss.backward();
    const NoGrad no_grad;
    for (Tensor* p : network.parameters()) {
      *p -= p->grad() * 0.5;
      p->zero_grad();
    }
  }
  draw(network);
}

void with_the_library(const Tensor& points, const std::vector<int>& labels) {
  Generator generator{.seed = 1};
  nn::Sequential network{nn::Linear(2, kHidden, generator), nn::ReLU(), nn::Linear(kHidden, 2, generator)};
  nn::Adam optimizer(network.named_parameters(), {.lr = 0.01});
  for (int step = 0; step <= 1000; ++step) {
    const Tensor loss = cross_entropy(network(points), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  std::printf("with nn: %.0f %% right\n", accuracy(network(points), labels));
}

}  // namespace

int main() {
  const Tensor points = Tensor::uniform({kPoints, 2}, -1, 1, Key(3), DType::f64);
  const std::vector<int> labels = in_circle(points);
  from_nothing(points, labels);
  with_the_library(points.to(DType::f32), labels);
}
