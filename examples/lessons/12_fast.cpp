// Lesson 12: how the engine makes it fast. Tiles, Winograd's trick, and why any number of threads gives the same bits.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "nce/core/ops.h"
#include "nce/core/parallel.h"

using namespace nce;

namespace {

using Matrix = std::vector<float>;  // row by row

constexpr int kN = 512;

// As in a textbook: for each element of c, a row of a times a column of b.
void by_the_book(const Matrix& a, const Matrix& b, Matrix& c) {
  for (int i = 0; i < kN; ++i)
    for (int j = 0; j < kN; ++j) {
      float total = 0;
      for (int k = 0; k < kN; ++k) total += a[size_t(i * kN + k)] * b[size_t(k * kN + j)];
      c[size_t(i * kN + j)] = total;
    }
}

// Rows of b are read from left to right, as they lie in memory. The sums of 4 x 8 elements stay in the processor's registers.
void by_tiles(const Matrix& a, const Matrix& b, Matrix& c) {
  constexpr int kRows = 4, kColumns = 8;
  for (int i = 0; i < kN; i += kRows)
    for (int j = 0; j < kN; j += kColumns) {
      float total[kRows][kColumns] = {};
      for (int k = 0; k < kN; ++k)
        for (int r = 0; r < kRows; ++r)
          for (int s = 0; s < kColumns; ++s) total[r][s] += a[size_t((i + r) * kN + k)] * b[size_t(k * kN + j + s)];
      for (int r = 0; r < kRows; ++r)
        for (int s = 0; s < kColumns; ++s) c[size_t((i + r) * kN + j + s)] = total[r][s];
    }
}

double seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto before = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
  }
  return best;
}

void products() {
  const RestoreThreads restore;
  set_num_threads(1);
  const Tensor a = Tensor::randn({kN, kN}, Key(1)), b = Tensor::randn({kN, kN}, Key(2));
  const Matrix x = a.to_vector<float>(), y = b.to_vector<float>();
  Matrix book(x.size()), tiles(x.size());
  Tensor library;
  const double operations = 2.0 * kN * kN * kN / 1e9;
  const auto time = [&](const char* name, const std::function<void()>& work) {
    std::printf("time: %-12s %6.1f billion operations a second\n", name, operations / seconds(work));
  };
  time("by the book", [&] { by_the_book(x, y, book); });
  time("by tiles", [&] { by_tiles(x, y, tiles); });
  time("the library", [&] { library = matmul(a, b); });
  const auto largest = [&](const Matrix& c) { return max(abs(Tensor::from(c, {kN, kN}) - library)).item() < 1e-3; };
  std::printf("all three agree to 0.001: %s\n", largest(book) && largest(tiles) ? "yes" : "no");
}

// Two neighbouring results of a filter of three: by definition, with 6 products; and Winograd's way, with 4.
void winograd() {
  const double d[4] = {1, 2, 3, 5}, g[3] = {0.5, -1, 2};
  std::printf("six products:  %g %g\n", d[0] * g[0] + d[1] * g[1] + d[2] * g[2],
              d[1] * g[0] + d[2] * g[1] + d[3] * g[2]);

  const double g1 = (g[0] + g[1] + g[2]) / 2, g2 = (g[0] - g[1] + g[2]) / 2;  // once for the whole picture
  const double m0 = (d[0] - d[2]) * g[0];
  const double m1 = (d[1] + d[2]) * g1;
  const double m2 = (d[2] - d[1]) * g2;
  const double m3 = (d[1] - d[3]) * g[2];
  std::printf("four products: %g %g\n", m0 + m1 + m2, m1 - m2 - m3);
}

// The same million numbers, added in one go, or in pieces that are added at the end.
void bits() {
  const std::vector<float> numbers = Tensor::uniform({1 << 20}, 0, 1, Key(1)).to_vector<float>();
  for (const int pieces : {1, 2, 3, 4}) {
    float total = 0;
    for (int p = 0; p < pieces; ++p) {
      float part = 0;
      for (size_t i = numbers.size() * size_t(p) / size_t(pieces);
           i < numbers.size() * size_t(p + 1) / size_t(pieces); ++i)
        part += numbers[i];
      total += part;
    }
    std::printf("a piece for each of %d threads: %.2f\n", pieces, total);
  }
  const RestoreThreads restore;
  const Tensor x = Tensor::from(numbers);
  for (const int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    std::printf("the library with %d threads: %.2f\n", threads, sum(x).item());
  }
}

}  // namespace

int main() {
  products();
  winograd();
  bits();
}
