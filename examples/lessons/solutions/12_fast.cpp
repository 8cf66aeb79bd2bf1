// The exercises of lesson 12.
#include <cstdio>
#include <initializer_list>

namespace {

// The sum of n ones: that of one half, plus that of the other.
float in_pairs(int n) { return n == 1 ? 1.0f : in_pairs(n / 2) + in_pairs(n - n / 2); }

}  // namespace

int main() {
  // 1. An n x n product has 2 n^3 operations on 3 n^2 numbers of 4 bytes. So each byte is good for n / 6 operations.
  for (const double n : {8.0, 64.0, 512.0})
    std::printf("n = %3.0f: %5.1f operations a byte\n", n, 2 * n * n * n / (3 * n * n * 4));
  std::printf("relu: %.3f operations a byte\n", 1 / 8.0);

  // 2. A small number that is added to a large sum is rounded away. The sums of two halves are equally large.
  const int count = 1 << 25;
  float one_by_one = 0;
  for (int i = 0; i < count; ++i) one_by_one += 1;
  std::printf("%d ones: one by one %.0f, in pairs %.0f\n", count, one_by_one, in_pairs(count));
}
