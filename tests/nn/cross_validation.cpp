#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/eval/cross_validation.h"
#include "nce/nn/eval/linear_probe.h"
#include "support/deviation.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {

// Two classes apart by `distance` along the first of 4 features.
struct Blobs {
  Tensor x;
  std::vector<int> labels;
  Blobs(int64_t rows, double distance) {
    x = Tensor::randn({rows, 4}, Key(5));
    float* values = x.mutable_data<float>();
    for (int64_t i = 0; i < rows; ++i) {
      labels.push_back(int(i % 3 == 0));
      values[4 * i] += float(distance * labels.back());
    }
  }
};

}  // namespace

TEST_CASE("folds are stratified: each label and all rows have their share") {
  std::vector<int> labels;
  for (int i = 0; i < 103; ++i) labels.push_back(i < 60 ? 7 : i < 98 ? 2 : 9);
  const std::vector<int> fold_of = stratified_folds(labels, 10, Key(1));
  for (const int label : {7, 2, 9, -1}) {
    std::vector<int> count(10);
    for (size_t i = 0; i < labels.size(); ++i) count[size_t(fold_of[i])] += label == -1 || labels[i] == label;
    const auto [least, most] = std::minmax_element(count.begin(), count.end());
    CHECK(*most - *least <= 1);
  }
  CHECK(stratified_folds(labels, 10, Key(1)) == fold_of);
  CHECK(stratified_folds(labels, 10, Key(2)) != fold_of);
  CHECK_THROWS_WITH_AS(stratified_folds(labels, 1, Key(1)), "stratified_folds: 1 folds of 103 rows", Error);
  CHECK_THROWS_WITH_AS(stratified_folds(labels, 104, Key(1)), "stratified_folds: 104 folds of 103 rows", Error);
}

TEST_CASE("cross-validation is that of its definition") {
  const Blobs blobs(90, 2);
  const CrossValidation result =
      cross_validate(blobs.x, blobs.labels, {.folds = 6, .repeats = 2, .penalties = {1e-2}, .key = Key(4)});
  REQUIRE(result.accuracy.size() == 2);
  for (uint64_t repeat = 0; repeat < 2; ++repeat) {
    const std::vector<int> fold_of = stratified_folds(blobs.labels, 6, Key(4).fold(repeat));
    double right = 0;
    for (int fold = 0; fold < 6; ++fold) {
      std::vector<int> rows[2], labels[2];
      for (int i = 0; i < 90; ++i) {
        const bool out = fold_of[size_t(i)] == fold;
        rows[out].push_back(i), labels[out].push_back(blobs.labels[size_t(i)]);
      }
      const LinearProbe probe = fit_linear_probe(index_select(blobs.x, 0, rows[0]), labels[0], {.l2 = 1e-2});
      right += probe.accuracy(index_select(blobs.x, 0, rows[1]), labels[1]) * double(rows[1].size());
    }
    CHECK(result.accuracy[repeat] == Approx(right / 90));
  }
  CHECK(result.mean == Approx((result.accuracy[0] + result.accuracy[1]) / 2));
  CHECK(result.spread == Approx(std::abs(result.accuracy[0] - result.accuracy[1]) / std::sqrt(2.0)));
}

TEST_CASE("cross-validation finds what can be told and nothing else, with any number of threads") {
  const Blobs apart(120, 6), mixed(120, 0);
  CHECK(cross_validate(apart.x, apart.labels).mean > 0.97);
  CHECK(cross_validate(mixed.x, mixed.labels).mean == Approx(2.0 / 3).epsilon(0.08));
  const CrossValidation majority = cross_validate(Tensor::zeros({120, 1}), apart.labels, {.repeats = 3});
  CHECK(majority.mean == Approx(2.0 / 3));  // features that say nothing
  CHECK(majority.spread == 0);
  CHECK(cross_validate_knn(apart.x, apart.labels) > 0.9);
  CHECK(cross_validate_knn(mixed.x, mixed.labels) < 0.8);
  CHECK_THROWS_WITH_AS(cross_validate_knn(mixed.x, std::vector<int>(100)),
                       doctest::Contains("cross_validate_knn: "), Error);
  const RestoreThreads restore;
  const Blobs near(120, 1);
  set_num_threads(1);
  const auto one = cross_validate(near.x, near.labels).accuracy;
  set_num_threads(4);
  CHECK(cross_validate(near.x, near.labels).accuracy == one);
  CHECK_THROWS_WITH_AS(cross_validate(near.x, near.labels, {.folds = 200}),
                       "stratified_folds: 200 folds of 120 rows", Error);
}

TEST_CASE("a preconditioned probe has the same optimum, in fewer iterations") {
  Tensor x = Tensor::randn({400, 30}, Key(1));
  x = matmul(x, Tensor::randn({30, 30}, Key(2))).to(DType::f64);  // features that say nearly the same
  std::vector<int> labels;
  for (const double v : select(x, 1, 0).to_vector<double>()) labels.push_back(v > 2 ? 2 : v > -1 ? 1 : 0);
  for (const double l2 : {1e-1, 1e-4}) {
    LinearProbeOptions options{.l2 = l2, .max_iterations = 3000, .tolerance = 1e-8};
    const LinearProbe plain = fit_linear_probe(x, labels, options);
    options.precondition = true;
    const LinearProbe fast = fit_linear_probe(x, labels, options);
    REQUIRE((plain.converged && fast.converged));
    CHECK(fast.iterations < plain.iterations);
    CHECK(fast.loss == Approx(plain.loss).epsilon(1e-9));
    CHECK(test::deviation(fast.weight.to_vector<double>(), plain.weight.to_vector<double>()) < 1e-3);
  }
  const Tensor twice = concatenate({x, x}, 1);  // the same features again: a Hessian of half the rank
  CHECK(fit_linear_probe(twice, labels, {.l2 = 0, .precondition = true}).loss <
        fit_linear_probe(x, labels, {.l2 = 1e-3}).loss);
}
