// Lesson 4: InfoNCE by hand in ten lines, then the library's.
#include <cmath>
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"

using namespace nce;

namespace {

constexpr int64_t kN = 8, kDim = 16;  // pairs, and numbers in an embedding

// Row i of z1 and row i of z2 come from the same picture.
Tensor info_nce_by_hand(const Tensor& z1, const Tensor& z2, double temperature) {
  const Tensor a = z1 / norm(z1, {1}, true);  // all rows get length 1
  const Tensor b = z2 / norm(z2, {1}, true);
  const Tensor s = matmul(a, t(b)) / temperature;    // s[i][k]: how alike i and k are
  const Tensor p = exp(s) / sum(exp(s), {1}, true);  // each row: a probability for each k
  return neg(mean(log(diagonal(p))));                // the right answer for row i is i
}

Tensor random_rows(uint64_t key) { return Tensor::randn({kN, kDim}, Key(key), DType::f64); }

void values() {
  const Tensor z1 = random_rows(1), z2 = random_rows(2);
  std::printf("random: by hand %.6f, library %.6f\n", info_nce_by_hand(z1, z2, 0.2).item(),
              losses::info_nce(z1, z2, {.temperature = 0.2}).item());

  const Tensor same = Tensor::ones({kN, kDim}, DType::f64);
  std::printf("all the same: %.6f, log N is %.6f\n", info_nce_by_hand(same, same, 0.2).item(), std::log(kN));

  const Tensor near = z1 + random_rows(3) * 0.3;
  std::printf("partners near each other: %.6f\n", info_nce_by_hand(z1, near, 0.2).item());

  const Tensor apart = Tensor::eye(kN, kDim, DType::f64);
  std::printf("partners equal, all others at right angles: %.6f\n", info_nce_by_hand(apart, apart, 0.2).item());
}

// The gradient by the similarities, of the first anchor.
void gradient() {
  Tensor s = (matmul(normalize(random_rows(1)), t(normalize(random_rows(2)))) / 0.2).detach();
  s.set_requires_grad(true);
  neg(mean(diagonal(log_softmax(s, 1)))).backward();
  const Tensor p = softmax(s.detach(), 1);
  std::printf("candidate:  ");
  for (int k = 0; k < kN; ++k) std::printf("%8d", k);
  std::printf("\nprobability:");
  for (int k = 0; k < kN; ++k) std::printf("%8.3f", p[0][k].item());
  std::printf("\nN gradient: ");
  for (int k = 0; k < kN; ++k) std::printf("%8.3f", kN * s.grad()[0][k].item());
  std::printf("\n");
}

}  // namespace

int main() {
  values();
  gradient();
}
