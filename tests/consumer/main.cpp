#include <cmath>
#include <cstdio>

#include "nce/losses/info_nce.h"

int main() {
  nce::Tensor z1 = nce::Tensor::ones({4, 3}).set_requires_grad(true), z2 = nce::Tensor::ones({4, 3});
  nce::Tensor loss = nce::losses::info_nce(z1, z2, {.temperature = 0.1, .symmetric = true});
  loss.backward();
  std::printf("info_nce of 4 collapsed pairs: %.6f\n", loss.item());
  return std::abs(loss.item() - std::log(4.0)) < 1e-5 && z1.grad().defined() ? 0 : 1;
}
