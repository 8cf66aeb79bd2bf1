// Sizes beyond what 64 bits count, and memory beyond what the system has.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"

using namespace nce;

TEST_CASE("a shape whose elements cannot be counted is refused by everything that makes one") {
  constexpr int64_t k31 = int64_t{1} << 31, k33 = int64_t{1} << 33, k61 = int64_t{1} << 61, k62 = int64_t{1} << 62;
  const Tensor one = Tensor::ones({1}), none = Tensor::zeros({0}), image = Tensor::ones({1, 2, 2, 1});
  const auto refuses = [](const Shape& shape, auto make) {
    const std::string text = "a tensor of shape " + to_string(shape) + " would have more than 2^60 elements";
    CHECK_THROWS_WITH_AS(make(shape), text.c_str(), Error);
  };
  const auto all = [&](const Shape& shape) {
    refuses(shape, [](const Shape& s) { Tensor::empty(s); });
    refuses(shape, [](const Shape& s) { Tensor::zeros(s, DType::f64); });
    refuses(shape, [](const Shape& s) { Tensor::randn(s); });
    refuses(shape, [](const Shape& s) { Tensor::uniform(s); });
    refuses(shape, [](const Shape& s) { Tensor::from(std::vector<float>{}, s); });
    refuses(shape, [&](const Shape& s) { reshape(none, s); });
    refuses(shape, [&](const Shape& s) { gather(none, 0, {}, s); });
  };
  all({k33, k31});     // a product of 2^64: 0
  all({k62 + 16});     // 2^64 + 64 bytes
  all({k61});          // 2^63 bytes
  all({k33, 0, k31});  // no elements, but strides
  refuses({k33, k31}, [&](const Shape& s) { broadcast_to(one, s); });
  const Tensor row = broadcast_to(one, {1, k33}), column = broadcast_to(one, {k33, 1});
  refuses({k33, k33}, [&](const Shape&) { matmul(column, row); });
  refuses({k33, k33}, [&](const Shape&) { add(column, row); });
  refuses({k61, 0}, [](const Shape&) {
    const Tensor wide = Tensor::zeros({int64_t{1} << 60, 0});
    concatenate({wide, wide}, 0);
  });
  CHECK_THROWS_WITH_AS(broadcast_to(Tensor::ones({1, 3}), {-1, 3}), "shape (-1, 3) has a negative size", Error);
  CHECK_THROWS_WITH_AS(gather(one, 0, std::vector<int>{0}, {-1}), "shape (-1,) has a negative size", Error);
  refuses({int64_t{1} << 32, int64_t{1} << 32, 1}, [&](const Shape&) {
    conv2d(image, Tensor::ones({1, 1, 1, 1}), {}, {.stride = k31 - 1, .padding = k31 - 1});
  });
  CHECK_THROWS_WITH_AS(conv2d(image, Tensor::ones({1, 1, 1, 1}), {}, {.padding = k62}),
                       "conv2d: stride, dilation, padding and kernel must be below 2^31", Error);
  CHECK_THROWS_WITH_AS(max_pool2d(image, {.kernel = k62}), "max_pool2d: kernel and stride must be below 2^31",
                       Error);
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(slice(Tensor::from({1, 2, 3}, {3}), 0, 1, 3, most).to_vector<float>() == std::vector<float>{2});
}

TEST_CASE("more memory than there is is an error, which costs nothing") {
  const int64_t live = live_bytes(), system = system_bytes();
  reset_peak_bytes();
  CHECK_THROWS_WITH_AS(Tensor::empty({int64_t{1} << 60}),
                       doctest::Contains("out of memory: 4611686018427387904 bytes asked for, "), Error);
  CHECK_THROWS_AS(MemoryBlock(SIZE_MAX), Error);
  CHECK(live_bytes() == live);
  CHECK(peak_bytes() == live);
  CHECK(system_bytes() == system);
}

TEST_CASE("the pool gives its free blocks back before it says that memory is out") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return;  // these have more address space than a limit allows
#endif
  release_free_memory();
  rlimit before;
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  REQUIRE(pages > 0);
  struct Restore {
    rlimit limit;
    ~Restore() { setrlimit(RLIMIT_AS, &limit); }
  } restore{before};
  rlimit tight = before;
  tight.rlim_cur = rlim_t(pages) * 4096 + (rlim_t{1} << 30);
  REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
  for (int64_t mega = 100; mega <= 800; mega += 100) {  // 3.6 GB in all; the pool holds what was freed
    CAPTURE(mega);
    CHECK_NOTHROW(MemoryBlock(size_t(mega) << 20));
  }
  CHECK_THROWS_WITH_AS(MemoryBlock(size_t{2} << 30), doctest::Contains("out of memory: 2147483648 bytes asked for"),
                       Error);
}
