// Lesson 5: temperature and negatives. What the gradient of InfoNCE does to a near and to a far negative, and what a loss
// of log N means.
#include <cmath>
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"

using namespace nce;

namespace {

// Points on the circle, at these angles in degrees.
Tensor on_circle(const std::vector<double>& degrees) {
  std::vector<double> xy;
  for (const double angle : degrees) {
    const double radians = angle * std::acos(-1.0) / 180;
    xy.insert(xy.end(), {std::cos(radians), std::sin(radians)});
  }
  return Tensor::from(xy, {int64_t(degrees.size()), 2});
}

// The anchor is at 0 degrees, its positive at 40. Three negatives: near, at a right angle, and far.
void who_is_pushed() {
  const Tensor anchor = on_circle({0}), candidates = on_circle({40, 30, 90, 170});
  std::printf("temperature   positive  near   middle  far\n");
  for (const double temperature : {1.0, 0.5, 0.2, 0.1, 0.05}) {
    Tensor cosines = matmul(anchor, t(candidates)).detach().set_requires_grad(true);
    const Tensor log_p = log_softmax(cosines / temperature, 1);
    neg(log_p[0][0]).backward();
    std::printf("%-11g ", temperature);
    for (int k = 0; k < 4; ++k) std::printf("%8.2f", cosines.grad()[0][k].item());
    std::printf("\n");
  }
}

// Embeddings that know nothing, and those that know their partner a little, among more and more candidates.
void how_many_negatives() {
  std::printf("\n   N   log N   random   partner at about 60 degrees: loss, probability of the partner\n");
  for (const int64_t n : {2, 16, 128, 1024}) {
    const Tensor z1 = Tensor::randn({n, 64}, Key(1), DType::f64),
                 other = Tensor::randn({n, 64}, Key(2), DType::f64);
    const losses::InfoNceOptions options{.temperature = 0.2};
    const double random = losses::info_nce(z1, other, options).item();
    const double knows = losses::info_nce(z1, z1 + other * 1.7, options).item();
    std::printf("%4d   %.2f    %.2f     %.2f  %.2f\n", int(n), std::log(n), random, knows, std::exp(-knows));
  }
}

}  // namespace

int main() {
  who_is_pushed();
  how_many_negatives();
}
