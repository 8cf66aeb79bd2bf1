#include "nce/losses/engine/pairwise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/losses/engine/similarity.h"
#include "nce/losses/nt_xent.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;

namespace {

Tensor leaf(const Tensor& x, DType dtype) { return x.to(dtype).clone().detach().set_requires_grad(true); }

// The same reductions over a dense matrix of similarities, by ordinary operations.

// 1 for the pairs that `exclude` leaves out of n x m, else 0.
Tensor excluded(int64_t n, int64_t m, Exclude exclude, DType dtype) {
  std::vector<double> mask(size_t(n * m));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < m; ++k)
      if (exclude != Exclude::nothing)
        mask[size_t(i * m + k)] =
            i == k || (exclude == Exclude::self_and_pair && (i + n / 2 == k || k + n / 2 == i));
  return Tensor::from(mask, {n, m}).to(dtype);
}

Tensor dense_logsumexp(const Tensor& a, const Tensor& b, const LogsumexpOptions& options) {
  const Tensor mask = excluded(a.size(0), b.size(0), options.exclude, a.dtype());
  const auto by_row = [&](const Tensor& s, const Tensor& left_out) {
    const Tensor margin = options.minus.defined() ? s - unsqueeze(options.minus, 1) : s;
    return logsumexp(masked_fill(margin, left_out, -std::numeric_limits<double>::infinity()), 1);
  };
  const Tensor s = matmul(a, t(b));
  return options.both_directions ? stack({by_row(s, mask), by_row(t(s), t(mask))}) : by_row(s, mask);
}

double largest_deviation(const Tensors& ours, const Tensors& reference) {
  double worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) worst = std::max(worst, deviation(ours[i], reference[i]));
  return worst;
}

// `engine` is `dense`, value and gradients, in both precisions.
template <class Engine, class Dense>
void check_twins(const Engine& engine, const Dense& dense, const Tensors& x, double f32_tolerance) {
  const Tensors reference = both_ways(dense, x);
  CHECK(largest_deviation(both_ways(engine, x), reference) < 1e-12);
  CHECK(largest_deviation(both_ways(engine, in(DType::f32, x)), reference) < f32_tolerance);
}

// Rows whose products are at most `bound`.
Tensor rows(int64_t n, int64_t d, uint64_t seed, double bound) {
  return normalize(Tensor::randn({n, d}, Key(seed), DType::f64)) * std::sqrt(bound);
}

// Of a softplus; written by hand so that nothing of the engine's own is in it.
const PairFunction kSoftplus = []<class T>(const T* s, int64_t n, T* value, T* slope) {
  for (int64_t i = 0; i < n; ++i) {
    if (value) value[i] = std::max(s[i], T(0)) + std::log1p(std::exp(-std::abs(s[i])));
    if (slope) slope[i] = 1 / (1 + std::exp(-s[i]));
  }
};

}  // namespace

TEST_CASE("logsumexp_pairs is the dense log-sum-exp, and so are its gradients") {
  struct Size {
    int64_t n, m, d;
  };
  for (const Size& size :
       {Size{2, 2, 3}, {64, 64, 5}, {66, 66, 128}, {130, 7, 17}, {3, 200, 4}, {70, 40, 600}, {600, 600, 9}})
    for (const double bound : {4., 200.})  // exponentials as they are, and shifted by running maxima
      for (const Exclude exclude : {Exclude::nothing, Exclude::self, Exclude::self_and_pair})
        for (const bool both : {false, true})
          for (const bool over : {false, true}) {
            const int64_t n = size.n, m = size.m, d = size.d;
            if ((exclude != Exclude::nothing || both) && n != m) continue;
            CAPTURE(n);
            CAPTURE(bound);
            CAPTURE(int(exclude));
            CAPTURE(both);
            if (exclude == Exclude::self_and_pair && n == 2) continue;  // nobody is left
            const auto options = [=](const Tensors& x) {
              return LogsumexpOptions{.exclude = exclude, .minus = over ? x[2] : Tensor(), .both_directions = both};
            };
            Tensors x{rows(n, d, 1, bound), rows(m, d, 2, bound)};
            if (over) x.push_back(Tensor::randn({n}, Key(3), DType::f64));
            check_twins([&](auto& x) { return logsumexp_pairs(x[0], x[1], options(x)); },
                        [&](auto& x) { return dense_logsumexp(x[0], x[1], options(x)); }, x,
                        bound > 40 ? 1e-4 : 3e-6);
          }
}

TEST_CASE("logsumexp_pairs of one set of rows with itself is the dense one") {
  for (const int64_t n : {2, 64, 130, 260, 700})
    for (const double bound : {4., 200.})
      for (const Exclude exclude : {Exclude::nothing, Exclude::self, Exclude::self_and_pair}) {
        if (exclude == Exclude::self_and_pair && n == 2) continue;
        CAPTURE(n);
        CAPTURE(bound);
        CAPTURE(int(exclude));
        check_twins([&](auto& x) { return logsumexp_pairs(x[0], {.exclude = exclude, .minus = x[1]}); },
                    [&](auto& x) { return dense_logsumexp(x[0], x[0], {.exclude = exclude, .minus = x[1]}); },
                    {rows(n, 11, 1, bound), Tensor::randn({n}, Key(3), DType::f64)}, bound > 40 ? 1e-4 : 3e-6);
      }
}

TEST_CASE("sum_pairs is the dense sum, and so are its gradients") {
  for (const int64_t n : {2, 64, 130, 700})
    for (const Exclude exclude : {Exclude::nothing, Exclude::self, Exclude::self_and_pair})
      for (const bool self : {false, true}) {
        CAPTURE(n);
        CAPTURE(int(exclude));
        CAPTURE(self);
        Tensors x{rows(n, 5, 1, 3)};
        if (!self) x.push_back(rows(n, 5, 2, 3));
        check_twins(
            [&](auto& x) {
              return self ? sum_pairs(x[0], kSoftplus, exclude) : sum_pairs(x[0], x[1], kSoftplus, exclude);
            },
            [&](auto& x) {
              return sum(softplus(matmul(x[0], t(x[self ? 0 : 1]))) *
                         (1.0 - excluded(n, n, exclude, x[0].dtype())));
            },
            x, 3e-6);
        const Tensors weights{Tensor::randn({n}, Key(3), DType::f64)};  // each row has a gradient of its own
        check_twins(
            [&](auto& x) {
              return sum(sum_pairs_by_row(x[0], x[self ? 0 : 1], kSoftplus, exclude) * weights[0].to(x[0].dtype()));
            },
            [&](auto& x) {
              return sum(
                  sum(softplus(matmul(x[0], t(x[self ? 0 : 1]))) * (1.0 - excluded(n, n, exclude, x[0].dtype())),
                      1) *
                  weights[0].to(x[0].dtype()));
            },
            x, 3e-6);
      }
}

TEST_CASE("streamed in f32, nt_xent and its gradient are the dense f64 ones to 1e-5") {
  for (const int64_t n : {512, 2048})  // with tiles kept, and made again
    for (const double temperature : {1., 0.5, 0.1}) {
      CAPTURE(n);
      CAPTURE(temperature);
      const Tensor z = Tensor::randn({2 * n, 64}, Key(1), DType::f64);
      Tensor x = leaf(z, DType::f32);
      const Tensor ours = nt_xent(slice(x, 0, 0, n), slice(x, 0, n, 2 * n), {.temperature = temperature});
      ours.backward();
      Tensor y = leaf(z, DType::f64);
      const Tensor u = logit_rows(y, temperature), p = paired(slice(u, 0, 0, n), slice(u, 0, n, 2 * n));
      const Tensor exact =
          mean(softplus(dense_logsumexp(u, u, {.exclude = Exclude::self_and_pair, .minus = concatenate({p, p})})));
      exact.backward();
      CHECK(std::abs(ours.item() / exact.item() - 1) < 1e-6);
      CHECK(deviation(x.grad(), y.grad()) < 1e-5);
    }
}

TEST_CASE("pairwise reductions have the same bits on 1, 2 and 4 threads") {
  const auto reductions = [](const Tensors& v) {
    const Tensor both = logsumexp_pairs(v[0], v[1], {.both_directions = true});
    const Tensor sums = stack({sum_pairs(v[0], v[1], kSoftplus), sum_pairs(v[1], kSoftplus)}) / 700;
    return concatenate({reshape(both, {-1}), logsumexp_pairs(v[0]), logsumexp_pairs(v[1]), sums});
  };
  for (const double bound : {4., 200.})
    CHECK(same_on_threads([&] {
      std::vector<std::vector<float>> bits;
      for (const Tensor& each :
           both_ways(reductions, in(DType::f32, {rows(700, 16, 1, bound), rows(700, 16, 2, bound)})))
        bits.push_back(each.to_vector<float>());
      return bits;
    }));
}

TEST_CASE("tiles in squares, some kept and some made again, give the dense log-sum-exp on 1 and 3 threads") {
  const RestoreThreads restore;
  const Tensors x{rows(4000, 5, 1, 4), rows(2001, 5, 2, 4)};
  for (const bool self : {false, true}) {
    CAPTURE(self);
    const Tensors leaves{x[0], x[self ? 0 : 1]};
    const auto engine = [&](auto& v) {
      return self ? logsumexp_pairs(v[0]) + sum(v[1] * 0) : logsumexp_pairs(v[0], v[1]);
    };
    const auto dense = [&](auto& v) {
      return dense_logsumexp(v[0], v[self ? 0 : 1], {.exclude = self ? Exclude::self : Exclude::nothing}) +
             sum(v[1] * 0);
    };
    const Tensors reference = both_ways(dense, leaves);
    std::vector<std::vector<float>> grads;
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      const Tensors ours = both_ways(engine, in(DType::f32, leaves));
      CHECK(largest_deviation(ours, reference) < 3e-6);
      grads.push_back(ours[1].to_vector<float>());
    }
    CHECK(grads[0] == grads[1]);
  }
}

TEST_CASE("a pairwise loss takes memory for its rows, not for the pairs") {
  const int64_t n = 16384, d = 8, pairs = n * n * 4;
  Tensor z1 = leaf(rows(n / 2, d, 1, 1), DType::f32), z2 = leaf(rows(n / 2, d, 2, 1), DType::f32);
  reset_peak_bytes();
  const int64_t before = live_bytes();
  nt_xent(z1, z2).backward();
  CHECK(peak_bytes() - before < pairs / 16);  // of which half are the tiles kept, whatever n is
  CHECK(z1.grad().defined());
}

TEST_CASE("what is not a number, infinite or left out altogether comes through") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const int64_t n : {3, 130}) {
    std::vector<double> values(size_t(n * 2), 0.5);
    values[2] = nan;
    const Tensor z = Tensor::from(values, {n, 2}).to(DType::f32);
    for (const double x : logsumexp_pairs(z).to_vector<double>()) CHECK(std::isnan(x));  // in every row by a column
    CHECK(std::isnan(sum_pairs(z, kSoftplus).item()));
  }
  // A row of NaN makes its own sums NaN and those of all that meet it, by rows and by columns, for small similarities
  // and large ones, whichever side it is on.
  for (const DType dtype : {DType::f32, DType::f64})
    for (const double scale : {1., 1e3})
      for (const int64_t bad : {0, 40, 129})
        for (const bool second : {false, true}) {
          CAPTURE(scale);
          CAPTURE(bad);
          CAPTURE(second);
          std::vector<Tensor> x{leaf(rows(130, 3, 1, scale), dtype), leaf(rows(130, 3, 2, scale), dtype)};
          Tensor stop = Tensor::ones({130, 1}, dtype);
          dispatch(dtype, [&]<class T>(T) { stop.mutable_data<T>()[bad] = T(nan); });
          x[second] = leaf(x[second].detach() * stop, dtype);
          const auto both = logsumexp_pairs(x[0], x[1], {.both_directions = true});
          const auto sums = both.to_vector<double>();
          for (int64_t i = 0; i < 260; ++i)
            CHECK((std::isnan(sums[size_t(i)]) == (i / 130 != second || i % 130 == bad)));
          sum(both).backward();
          for (const Tensor& z : x)
            for (const double g : z.grad().to_vector<double>()) CHECK(std::isnan(g));
        }
  Tensor one = leaf(Tensor::ones({1, 2}), DType::f32);
  const Tensor nobody = logsumexp_pairs(one, {.exclude = Exclude::self});
  CHECK(nobody.to_vector<double>()[0] == -INFINITY);
  sum(softplus(nobody)).backward();
  CHECK(one.grad().to_vector<double>() == std::vector<double>{0, 0});
}

TEST_CASE("rows that do not fit are refused with the reason") {
  const Tensor a = Tensor::ones({4, 3}), b = Tensor::ones({4, 2}), odd = Tensor::ones({3, 3});
  CHECK_THROWS_WITH_AS(
      logsumexp_pairs(a, b),
      "logsumexp_pairs: rows of one length and one dtype are needed, got (4, 3) f32 and (4, 2) f32", Error);
  CHECK_THROWS_WITH_AS(sum_pairs(a, a.to(DType::f64), kSoftplus),
                       "sum_pairs: rows of one length and one dtype are needed, got (4, 3) f32 and (4, 3) f64",
                       Error);
  CHECK_THROWS_WITH_AS(logsumexp_pairs(odd, {.exclude = Exclude::self_and_pair}),
                       "logsumexp_pairs: two views one below the other are needed, got 3 and 3 rows", Error);
  CHECK_THROWS_WITH_AS(logsumexp_pairs(a, odd, {.both_directions = true}),
                       "logsumexp_pairs: both directions need as many rows in each, got 4 and 3", Error);
  CHECK_THROWS_WITH_AS(logsumexp_pairs(a, {.minus = Tensor::ones({3})}),
                       "logsumexp_pairs: `minus` must be one f32 a row, got (3,) f32 for 4 rows", Error);
  CHECK_THROWS_WITH_AS(logsumexp_pairs(Tensor::ones({0, 3})),
                       "logsumexp_pairs: nothing to multiply in (0, 3) and (0, 3)", Error);
  Temperature learned = 1;
  learned.log_scale = Tensor::ones({2});
  CHECK_THROWS_WITH_AS(logit_rows(a, learned), "temperature: log_scale must have one element, got (2,)", Error);
}
