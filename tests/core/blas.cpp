#include "nce/core/blas.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "nce/core/instructions.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"
#include "nce/core/random.h"
#include "support/threads.h"

using namespace nce;

namespace {

std::vector<float> numbers(int64_t n, uint64_t seed) {
  Random random{Key(seed)};
  std::vector<float> values(static_cast<size_t>(n));
  for (float& v : values) v = random.uniform(-1, 1);
  return values;
}

struct Product {
  int64_t m, n, k;
};

std::vector<float> multiply(const Product& p, bool ta, bool tb, const std::vector<float>& a,
                            const std::vector<float>& b, std::vector<float> c) {
  gemm<float>(ta, tb, p.m, p.n, p.k, 0.5f, a.data(), ta ? p.m : p.k, b.data(), tb ? p.k : p.n, 2.0f, c.data(), p.n);
  return c;
}

// Small, tiled, and deep enough to be split along k.
const Product kProducts[] = {{3, 5, 7}, {300, 270, 40}, {20, 30, 9000}};

}  // namespace

TEST_CASE("gemm is the sum of products, transposed or not, tiled or not") {
  for (const Product& p : kProducts)
    for (bool ta : {false, true})
      for (bool tb : {false, true}) {
        const auto a = numbers(p.m * p.k, 1), b = numbers(p.k * p.n, 2), c = numbers(p.m * p.n, 3);
        const auto ours = multiply(p, ta, tb, a, b, c);
        double worst = 0;
        for (int64_t i = 0; i < p.m; ++i)
          for (int64_t j = 0; j < p.n; ++j) {
            double sum = 0;
            for (int64_t k = 0; k < p.k; ++k)
              sum += double(a[size_t(ta ? k * p.m + i : i * p.k + k)]) * b[size_t(tb ? j * p.k + k : k * p.n + j)];
            worst = std::max(worst, std::abs(0.5 * sum + 2 * c[size_t(i * p.n + j)] - ours[size_t(i * p.n + j)]));
          }
        CAPTURE(p.k);
        CHECK(worst < 1e-6 * double(p.k) + 1e-5);
      }
}

TEST_CASE("gemm gives the same bits for 1, 2 and 4 threads") {
  for (const Product& p : kProducts) {
    const auto a = numbers(p.m * p.k, 1), b = numbers(p.k * p.n, 2), c = numbers(p.m * p.n, 3);
    CHECK(test::same_on_threads([&] { return multiply(p, false, true, a, b, c); }));
  }
}

TEST_CASE("an exception of a parallel piece reaches the caller") {
  CHECK_THROWS_AS(parallel_for(100, 1,
                               [](int64_t begin, int64_t) {
                                 if (begin == 50) throw 7;
                               }),
                  int);
}

TEST_CASE("the kernels in use are the instruction set and the matrix kernels, within NCE_INSTRUCTIONS") {
  const std::string name = instructions();  // ctest runs this with each limit
  CHECK((name == "AVX-512" || name == "AVX2" || name == "SSE4" || name == "scalar"));
  CHECK(kernels_in_use() == name + ", " + blas_kernels());
}

TEST_CASE(
    "memory of any size is aligned, writable to its end, and at most a quarter larger (or 64 bytes) than asked "
    "for") {
  for (size_t bytes :
       {size_t{1}, size_t{65}, size_t{5000}, size_t{2} << 20, (size_t{5} << 20) + 1, size_t{9000001}}) {
    CAPTURE(bytes);
    release_free_memory();
    const int64_t before = system_bytes();
    const MemoryBlock block(bytes);
    CHECK(reinterpret_cast<uintptr_t>(block.data()) % (bytes < size_t{2} << 20 ? 64 : size_t{2} << 20) == 0);
    CHECK(system_bytes() - before <= int64_t(bytes + std::max<size_t>(64, bytes / 4)));
    std::fill_n(block.as<char>(), bytes, char{1});
    CHECK(block.as<char>()[bytes - 1] == 1);
  }
}
