// The exercises of lesson 8.
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/dcl.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/theory/states.h"

using namespace nce;

int main() {
  const Tensor z1 = Tensor::randn({8, 16}, Key(1), DType::f64), z2 = Tensor::randn({8, 16}, Key(2), DType::f64);

  // 1. delta = 1 and gamma = 0 change nothing. With the positive in the denominator that is InfoNCE, without it DCL.
  std::printf("all:       %.6f, InfoNCE %.6f\n",
              losses::sc_info_nce(z1, z2, {.denominator = losses::Denominator::all}).item(),
              losses::info_nce(z1, z2).item());
  std::printf("negatives: %.6f, DCL     %.6f\n", losses::sc_info_nce(z1, z2).item(), losses::dcl(z1, z2).item());

  // 2. No probability is below 0: delta (1 - least c1 / c2) must stay below 1.
  const losses::Joint joint =
      losses::joint_of({1 / 3.0, 1 / 3.0, 1 / 3.0}, {3, {0.5, 0.3, 0.2, 0.2, 0.5, 0.3, 0.2, 0.3, 0.5}});
  double least = 1;
  for (const double ratio : joint.ratio().values) least = std::min(least, ratio);
  std::printf("least c1 / c2: %.4f, so delta stays below %.1f\n", least, 1 / (1 - least));
}
