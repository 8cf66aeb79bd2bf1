// Lesson 8: SC-InfoNCE. delta moves the target, gamma the drift; on the line delta - gamma = 1 there is none.
#include <cmath>
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/theory/states.h"

using namespace nce;

namespace {

const std::vector<double> kSource = {1 / 3.0, 1 / 3.0, 1 / 3.0};
const std::vector<double> kTransition = {0.5, 0.3, 0.2, 0.2, 0.5, 0.3, 0.2, 0.3, 0.5};

// Free logits, as in lesson 7. Prints what the pair of states 0, 0 and the pair 0, 2 learn, and where the logits are.
void descend(double delta, double gamma) {
  const losses::Joint joint = losses::joint_of(kSource, {.states = 3, .values = kTransition});
  const Tensor c1 = Tensor::from(joint.c1.values, {3, 3}), c2 = Tensor::from(joint.c2.values, {3, 3});
  const Tensor pi = Tensor::from(joint.pi, {3});
  Tensor s = Tensor::zeros({3, 3}, DType::f64).set_requires_grad(true);
  std::printf("%5.1f %6.1f ", delta, gamma);
  for (int step = 1; step <= 200; ++step) {
    const Tensor log_mean = logsumexp(s + log(pi), {1});
    const Tensor loss = sum(pi * log_mean) - sum(c1 * s) * delta + sum(c2 * s) * gamma;
    s.zero_grad();
    loss.backward();
    const NoGrad no_grad;
    s -= s.grad() / c2 * 0.3;  // a pair that is seen twice as often does not move twice as fast
    if (step % 100) continue;
    const double height = std::round(10 * sum(c2 * s).item()) / 10 + 0.0;  // no -0.0
    if (step == 100) {
      std::printf("%12.1f", height);
      continue;
    }
    const Tensor learned = exp(s - unsqueeze(logsumexp(s + log(pi), {1}), 1));
    const auto target = [&](int j) { return delta * (joint.ratio()(0, j) - 1) + 1; };
    std::printf("%9.1f %10.4f %7.4f %9.4f %7.4f\n", height, learned[0][0].item(), target(0), learned[0][2].item(),
                target(2));
  }
}

}  // namespace

int main() {
  std::printf("delta  gamma  height after 100, 200    pair 0 0  target  pair 0 2  target\n");
  descend(1, 0);
  descend(2, 1);
  descend(0.5, -0.5);
  descend(1, -0.2);
  descend(0.5, -0.2);

  // The library's loss on real embeddings: on a batch, the same formula.
  const Tensor z1 = Tensor::randn({8, 16}, Key(1), DType::f64), z2 = Tensor::randn({8, 16}, Key(2), DType::f64);
  const Tensor s = matmul(normalize(z1), t(normalize(z2))) / 0.2;
  const Tensor eye = Tensor::eye(8, DType::f64), others = masked_fill(s, eye, -1e9);
  const double delta = 1.5, gamma = 0.5;
  const Tensor minus_log_p = logsumexp(others, {1}) - diagonal(s);
  const Tensor by_hand = mean(minus_log_p - diagonal(s) * (delta - 1) + (sum(s, {1}) - diagonal(s)) * (gamma / 7));
  std::printf("a batch: by hand %.6f, library %.6f\n", by_hand.item(),
              losses::sc_info_nce(z1, z2, {.temperature = 0.2, .delta = delta, .gamma = gamma}).item());
}
