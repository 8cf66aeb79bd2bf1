// The exercises of lesson 11.
#include <cstdio>

#include "nce/core/ops.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sup_con.h"

using namespace nce;

namespace {

// The mean over the anchors i of the mean over their positives p of -log softmax: all other rows are candidates.
double sup_con_by_hand(const Tensor& z, const std::vector<int>& labels, double temperature) {
  const int64_t n = z.size(0);
  const Tensor s = matmul(normalize(z), t(normalize(z))) / temperature;
  const Tensor log_p = log_softmax(masked_fill(s, Tensor::eye(n, z.dtype()), -1e9), 1);
  const Tensor digits = one_hot(labels, 10, z.dtype());
  const Tensor positives = matmul(digits, t(digits)) - Tensor::eye(n, z.dtype());
  return neg(mean(sum(log_p * positives, {1}) / sum(positives, {1}))).item();
}

}  // namespace

int main() {
  const Tensor z1 = Tensor::randn({6, 8}, Key(1), DType::f64), z2 = Tensor::randn({6, 8}, Key(2), DType::f64);

  // 1. If no two pictures share a label, the only positive of a view is its partner.
  const std::vector<int> all_differ = {0, 1, 2, 3, 4, 5};
  std::printf("all labels differ: %.6f, NT-Xent %.6f\n",
              losses::sup_con(z1, z2, all_differ, {.temperature = 0.2}).item(),
              losses::nt_xent(z1, z2, {.temperature = 0.2}).item());

  // 2. Six pictures of three digits.
  const std::vector<int> labels = {3, 3, 7, 7, 9, 9};
  std::printf("three digits: by hand %.6f, library %.6f\n", sup_con_by_hand(z1, labels, 0.2),
              losses::sup_con(z1, labels, {.temperature = 0.2}).item());
}
