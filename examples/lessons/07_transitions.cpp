// Lesson 7: the transition matrix. What the views of three states tell a loss, and what free logits learn from it.
#include <cmath>
#include <cstdio>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/losses/theory/states.h"

using namespace nce;

namespace {

const std::vector<double> kSource = {1 / 3.0, 1 / 3.0, 1 / 3.0};  // P: how often a sample is in each state
const std::vector<double> kTransition = {0.5, 0.3, 0.2,  // A: row k is where the views of a sample in k are
                                         0.2, 0.5, 0.3,  //
                                         0.2, 0.3, 0.5};

Tensor matrix(const losses::StateMatrix& m) { return Tensor::from(m.values, {m.states, m.states}); }

void print(const char* name, const Tensor& m) {
  for (int64_t i = 0; i < m.size(0); ++i) {
    std::printf("%-12s", i == 0 ? name : "");
    for (int64_t j = 0; j < m.size(1); ++j) std::printf(" %7.4f", m[i][j].item());
    std::printf("\n");
  }
}

// Draws pairs of views, and counts how often they are in which states.
Tensor counted_ratio(int pairs) {
  std::vector<double> count(9), margin(3);
  const auto draw = [](const double* p, Random& random) {
    const double u = random.uniform();
    return u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
  };
  for (int sample = 0; sample < pairs; ++sample) {
    Random random{Key(1).fold(uint64_t(sample))};
    const double* row = &kTransition[size_t(3 * draw(kSource.data(), random))];
    const int i = draw(row, random), j = draw(row, random);
    count[size_t(3 * i + j)] += 0.5, count[size_t(3 * j + i)] += 0.5;
    margin[size_t(i)] += 0.5, margin[size_t(j)] += 0.5;
  }
  const Tensor c1 = Tensor::from(count, {3, 3}) / pairs, pi = Tensor::from(margin, {3, 1}) / pairs;
  return c1 / matmul(pi, t(pi));
}

// An encoder without limits: one number s_ij for each pair of states. Descent on the loss (DCL) that sees all pairs.
void free_logits(const losses::Joint& joint) {
  const Tensor c1 = matrix(joint.c1), pi = Tensor::from(joint.pi, {3});
  Tensor s = Tensor::zeros({3, 3}, DType::f64).set_requires_grad(true);
  for (int step = 0; step <= 30; ++step) {
    const Tensor log_mean = logsumexp(s + log(pi), {1});  // of exp(s_ik), over the states k of the negatives
    const Tensor loss = sum(pi * log_mean) - sum(c1 * s);
    if (step % 6 == 0 && step > 0) {
      const Tensor learned = exp(s - unsqueeze(log_mean, 1));
      const double deviation = max(abs(learned / matrix(joint.ratio()) - 1)).item();
      std::printf("step %2d: loss %.6f, largest deviation from c1 / c2: %.1e\n", step, loss.item(), deviation);
      if (step == 30) print("learned", learned.detach());
    }
    s.zero_grad();
    loss.backward();
    const NoGrad no_grad;
    s -= s.grad() * 3;
  }
}

}  // namespace

int main() {
  const losses::Joint joint = losses::joint_of(kSource, {.states = 3, .values = kTransition});
  std::printf("pi           %.4f  %.4f  %.4f\n", joint.pi[0], joint.pi[1], joint.pi[2]);
  print("c1", matrix(joint.c1));
  print("c2", matrix(joint.c2));
  print("c1 / c2", matrix(joint.ratio()));
  print("counted", counted_ratio(200000));
  free_logits(joint);
}
