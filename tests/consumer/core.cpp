#include <nce/core/ops.h>

int main() {
  nce::Tensor x = nce::Tensor::ones({2, 3}).set_requires_grad(true);
  sum(square(x)).backward();
  return x.grad().to_vector<double>()[0] == 2 ? 0 : 1;
}
