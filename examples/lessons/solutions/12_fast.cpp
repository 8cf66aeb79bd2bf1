// The exercises of lesson 12.
#include <cmath>
#include <cstdio>
#include <vector>

#include "nce/core/ops.h"

using namespace nce;

int main() {
  // 1. An n x n product has 2 n^3 operations on 3 n^2 numbers of 4 bytes. So each byte is good for n / 6 operations.
  for (const double n : {8.0, 64.0, 512.0})
    std::printf("n = %3.0f: %5.1f operations a byte\n", n, 2 * n * n * n / (3 * n * n * 4));
  std::printf("relu: %.3f operations a byte\n", 1 / 8.0);

  // 2. A small number that is added to a large sum is rounded away. Pairwise sums stay near the truth.
  const int count = 1 << 24;
  float one_by_one = 0;
  for (int i = 0; i < count + 1000; ++i) one_by_one += 1;
  std::vector<float> sums(size_t(count), 1.0f);
  while (sums.size() > 1) {
    for (size_t i = 0; i < sums.size() / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
    sums.resize(sums.size() / 2);
  }
  std::printf("%d ones, one by one: %.0f; %d ones, in pairs: %.0f\n", count + 1000, one_by_one, count, sums[0]);
}
