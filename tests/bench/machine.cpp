#include "machine.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>

#include "nce/core/memory.h"
#include "nce/core/parallel.h"
#include "nce/core/tensor.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "machine.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nce::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// `rounds` of 12 independent multiply-adds of vectors. Returns the operations done; the compiler can drop none.
double multiply_adds(int64_t rounds, float* result) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const V x = hn::Set(d, 0.999f), y = hn::Set(d, 0.001f);
  V a = hn::Iota(d, 0), b = hn::Iota(d, 1), c = hn::Iota(d, 2), e = hn::Iota(d, 3), f = hn::Iota(d, 4),
    g = hn::Iota(d, 5);
  V h = hn::Iota(d, 6), i = hn::Iota(d, 7), j = hn::Iota(d, 8), k = hn::Iota(d, 9), l = hn::Iota(d, 10),
    m = hn::Iota(d, 11);
  for (int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, x, y), b = hn::MulAdd(b, x, y), c = hn::MulAdd(c, x, y), e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y), g = hn::MulAdd(g, x, y), h = hn::MulAdd(h, x, y), i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y), k = hn::MulAdd(k, x, y), l = hn::MulAdd(l, x, y), m = hn::MulAdd(m, x, y);
  }
  const V all = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)),
                        hn::Add(hn::Add(hn::Add(f, g), hn::Add(h, i)), hn::Add(hn::Add(j, k), hn::Add(l, m))));
  *result += hn::GetLane(hn::SumOfLanes(d, all));
  return double(rounds) * 12 * 2 * double(hn::Lanes(d));
}

double read(const float* data, int64_t n) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  for (int64_t i = 0; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Add(a, hn::LoadU(d, data + i)), b = hn::Add(b, hn::LoadU(d, data + i + lanes));
    c = hn::Add(c, hn::LoadU(d, data + i + 2 * lanes)), e = hn::Add(e, hn::LoadU(d, data + i + 3 * lanes));
  }
  return double(hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e)))));
}

}  // namespace nce::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::bench {

HWY_EXPORT(multiply_adds);
HWY_EXPORT(read);

namespace {

using Clock = std::chrono::steady_clock;

// The most that `work` does in a second; it returns how much it did. The best of many short tries counts: other
// programs disturb some of them.
template <class Work>
double best_rate(Work work) {
  double best = 0;
  for (int round = 0; round < 48; ++round) {
    const auto start = Clock::now();
    const double done = work();
    best = std::max(best, done / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

double peak_gflops() {
  return 1e-9 * best_rate([] {
           return parallel_reduce(
               num_threads(), 1, 0.0,
               [](int64_t, int64_t) {
                 volatile float sink = 0;
                 float result = 0;
                 const double done = HWY_DYNAMIC_DISPATCH(multiply_adds)(1'000'000, &result);
                 sink = result;
                 static_cast<void>(sink);
                 return done;
               },
               [](double x, double y) { return x + y; });
         });
}

double memory_gbytes() {
  constexpr int64_t kElements = int64_t{64} << 20, kTry = kElements / 4, kPiece = int64_t{1} << 20;
  const Tensor data = Tensor::full({kElements}, 1);  // memory from the library's pool
  volatile double sink = 0;
  int64_t at = 0;  // each try continues where the last one stopped
  return 1e-9 * best_rate([&] {
           sink = parallel_reduce(
               kTry, kPiece, 0.0,
               [&](int64_t begin, int64_t end) {
                 return HWY_DYNAMIC_DISPATCH(read)(data.data<float>() + at + begin, end - begin);
               },
               [](double x, double y) { return x + y; });
           at = (at + kTry) % kElements;
           return double(kTry) * 4;
         });
}

}  // namespace

Machine measure_machine() {
  const Machine machine{.threads = num_threads(), .peak_gflops = peak_gflops(), .memory_gbytes = memory_gbytes()};
  release_free_memory();  // the array's
  // Asks Linux to count the peak of resident memory anew. If it does not, the array stays in the peak.
  std::ofstream("/proc/self/clear_refs") << 5;
  return machine;
}

}  // namespace nce::bench
#endif  // HWY_ONCE
