// Lesson 9: a loss of your own. InfoNCE with a margin, written as its formula, then so that it survives; and the checks
// that each loss should pass.
#include <cmath>
#include <cstdio>

#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"

using namespace nce;

namespace {

constexpr int64_t kN = 8, kDim = 16;

Tensor cosines(const Tensor& z1, const Tensor& z2) { return matmul(normalize(z1), t(normalize(z2))); }

// As the formula stands on paper.
Tensor margin_loss_on_paper(const Tensor& z1, const Tensor& z2, double temperature, double margin) {
  const Tensor c = cosines(z1, z2) - Tensor::eye(z1.size(0), z1.dtype()) * margin;
  const Tensor e = exp(c / temperature);
  return neg(mean(log(diagonal(e) / sum(e, {1}))));
}

// The same, without an exponential that can overflow.
Tensor margin_loss(const Tensor& z1, const Tensor& z2, double temperature, double margin) {
  const Tensor c = cosines(z1, z2) - Tensor::eye(z1.size(0), z1.dtype()) * margin;
  return neg(mean(diagonal(log_softmax(c / temperature, 1))));
}

void known_values(const Tensor& z1, const Tensor& z2) {
  std::printf("margin 0: %.6f, InfoNCE: %.6f\n", margin_loss(z1, z2, 0.2, 0).item(),
              losses::info_nce(z1, z2, {.temperature = 0.2}).item());
  const Tensor same = Tensor::ones({kN, kDim}, DType::f64);
  std::printf("collapsed, margin 0.3: %.6f, by hand: %.6f\n", margin_loss(same, same, 0.2, 0.3).item(),
              std::log(1 + (kN - 1) * std::exp(0.3 / 0.2)));
}

void symmetries(const Tensor& z1, const Tensor& z2) {
  const double loss = margin_loss(z1, z2, 0.2, 0.3).item();
  std::printf("as it is      %.6f\n", loss);
  std::printf("longer rows   %.6f\n", margin_loss(z1 * 7, z2, 0.2, 0.3).item());
  std::printf("other order   %.6f\n", margin_loss(flip(z1, {0}), flip(z2, {0}), 0.2, 0.3).item());
  std::printf("numbers moved %.6f\n", margin_loss(flip(z1, {1}), flip(z2, {1}), 0.2, 0.3).item());
}

void gradient(const Tensor& z1, const Tensor& z2) {
  const auto report =
      gradcheck([](const auto& z) { return margin_loss(z[0], z[1], 0.2, 0.3); }, {z1, z2}, {.rtol = 1e-6});
  std::printf("gradient: within 1e-6 of differences: %s\n", report.deviation < 1e-6 ? "yes" : "no");
}

void low_temperature(const Tensor& z1, const Tensor& z2) {
  const Tensor a = z1.to(DType::f32), b = z2.to(DType::f32);
  for (const double temperature : {0.1, 0.02, 0.005})
    std::printf("temperature %g: on paper %.3f, survives %.3f\n", temperature,
                std::abs(margin_loss_on_paper(a, b, temperature, 0.1).item()),
                margin_loss(a, b, temperature, 0.1).item());
}

}  // namespace

int main() {
  const Tensor z1 = Tensor::randn({kN, kDim}, Key(1), DType::f64),
               z2 = Tensor::randn({kN, kDim}, Key(2), DType::f64);
  known_values(z1, z2);
  symmetries(z1, z2);
  gradient(z1, z2);
  low_temperature(z1, z2);
}
