#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "nce/core/error.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/data/normalise.h"
#include "nce/data/sets/idx.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "support/deviation.h"
#include "support/golden.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;
using nlohmann::json;

namespace {

const json golden = nce::test::golden_file("evaluation.json");

Tensor golden_matrix(const char* name, DType dtype) {
  const auto values = golden[name].get<std::vector<double>>();
  const int64_t d = golden["d"];
  return Tensor::from(values, {int64_t(values.size()) / d, d}).to(dtype);
}

double deviation(const Tensor& ours, const json& expected) {
  return test::deviation(ours.to_vector<double>(), expected.get<std::vector<double>>());
}

// A row's label is the largest of its first `classes` features. One label in eight is drawn at random.
std::vector<int> noisy_labels(const Tensor& x, int classes, Key key) {
  const auto values = x.to_vector<float>();
  const auto d = size_t(x.size(1));
  Random random(key);
  std::vector<int> labels;
  for (size_t i = 0; i * d < values.size(); ++i) {
    const auto row = values.begin() + ptrdiff_t(i * d);
    labels.push_back(random.bernoulli(0.125f) ? int(random.below(uint32_t(classes)))
                                              : int(std::max_element(row, row + classes) - row));
  }
  return labels;
}

}  // namespace

TEST_CASE("the weighted vote of the nearest neighbours is that of a plain dense one") {
  const auto labels = golden["labels"].get<std::vector<int>>();
  REQUIRE(golden["knn"].size() == 5);
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tensor train = golden_matrix("train", DType::f64);
    train = (train - mean(train, 0, true)).to(dtype);
    for (const json& c : golden["knn"]) {
      CAPTURE(c["k"].get<int>());
      const auto predicted =
          knn_classify(train, labels, golden_matrix("test", dtype), {.k = c["k"], .temperature = c["temperature"]});
      CHECK(predicted == c["predicted"].get<std::vector<int>>());
      const int k = c["k"];
      const auto ranked = knn_rank(train, labels, golden_matrix("test", dtype), {&k, 1},
                                   {.temperature = c["temperature"], .top = 3});
      CHECK(ranked[0].first() == predicted);
      CHECK(ranked[0].labels == c["ranking"].get<std::vector<int>>());
    }
  }
}

TEST_CASE("the nearest rows are found over many tiles, with one result for any number of threads") {
  const Tensor train = Tensor::randn({5000, 24}, Key(1)), test = Tensor::randn({300, 24}, Key(2)) * 7;
  const auto labels = noisy_labels(train, 10, Key(3)), truth = noisy_labels(test, 10, Key(4));
  const Tensor dense = matmul(normalize(test), t(normalize(train)));
  const float* cosine = dense.data<float>();
  const Neighbours found = nearest_neighbours(train, test, 50);
  for (size_t i = 0; i < 300; ++i) {
    std::vector<float> row(cosine + i * 5000, cosine + (i + 1) * 5000);
    std::sort(row.begin(), row.end(), std::greater<>());
    for (size_t j = 0; j < 50; ++j) {
      REQUIRE(found.cosine[i * 50 + j] == Approx(row[j]).epsilon(1e-5));
      REQUIRE(cosine[i * 5000 + size_t(found.row[i * 50 + j])] == Approx(row[j]).epsilon(1e-5));
    }
  }
  CHECK(test::same_on_threads([&] {
    const Neighbours again = nearest_neighbours(train, test, 50);
    return std::pair(again.cosine, again.row);
  }));

  const int ks[] = {1, 5, 200};
  const auto together = knn_rank(train, labels, test, ks, {.top = 5});
  for (size_t i = 0; i < 3; ++i)
    for (const int top : {1, 3, 5})
      CHECK(together[i].accuracy(truth, top) == knn_accuracy(train, labels, test, truth, {.k = ks[i], .top = top}));
  CHECK(together[2].accuracy(truth) > 0.5);
  CHECK(together[2].accuracy(truth) > together[0].accuracy(truth));
}

TEST_CASE("a search never holds the matrix of all similarities") {
  const Tensor train = Tensor::randn({20000, 8}, Key(1)), test = Tensor::randn({4000, 8}, Key(2));
  reset_peak_bytes();
  const int64_t held = live_bytes();
  nearest_neighbours(train, test, 5);
  CHECK(peak_bytes() - held < 20000 * 4000 * 4 / 20);
}

TEST_CASE("in a tie the first row is nearer, and the lowest label wins") {
  const Tensor train = Tensor::from({1, 0, 2, 0, 0, 1, 3, 0, 0, 0}, {5, 2});
  const Neighbours found = nearest_neighbours(train, Tensor::from({5, 0}, {1, 2}), 4);
  CHECK(found.row == std::vector<int>{0, 1, 3, 2});
  CHECK(found.cosine == std::vector<float>{1, 1, 1, 0});
  const std::vector<int> labels{2, 1, 0, 0, 0};
  CHECK(knn_classify(train, labels, Tensor::from({5, 0}, {1, 2}), {.k = 2}) == std::vector<int>{1});
  // A tiny temperature does not overflow the weights. A row of zeros is equally far from all rows.
  CHECK(knn_classify(train, labels, Tensor::from({5, 0}, {1, 2}), {.k = 1, .temperature = 1e-5}) ==
        std::vector<int>{2});
  CHECK(nearest_neighbours(train, Tensor::zeros({1, 2}), 2).row == std::vector<int>{0, 1});
  // The length of a row does not matter, even if it is huge.
  CHECK(nearest_neighbours(train * 1e30, Tensor::from({3e38, 3e38}, {1, 2}), 2).cosine[0] ==
        doctest::Approx(std::sqrt(0.5)));
}

TEST_CASE("labels are ranked by their votes: equal votes by label, and none that no neighbour has") {
  const Tensor train = Tensor::from({1, 0, 1, 0, 0, 1, 0, 1, -1, 0}, {5, 2}), test = Tensor::from({1, 0}, {1, 2});
  const std::vector<int> labels{7, 3, 9, 0, 5};
  const int k = 4;
  CHECK(knn_rank(train, labels, test, {&k, 1}, {.top = 5})[0].labels == std::vector<int>{3, 7, 0, 9, -1});
  // Two far neighbours of one label outweigh a near one, if the temperature is high.
  CHECK(knn_rank(train, std::vector<int>{7, 3, 0, 0, 5}, test, {&k, 1}, {.temperature = 100, .top = 2})[0].labels ==
        std::vector<int>{0, 3});
  for (const auto& [own, top, right] : {std::tuple{7, 1, 0.0}, {7, 2, 1.0}, {9, 3, 0.0}, {9, 5, 1.0}, {8, 5, 0.0}})
    CHECK(knn_accuracy(train, labels, test, std::vector<int>{own}, {.k = k, .top = top}) == right);

  // A probe ranks by its logits.
  const LinearProbe probe{.classes = {3, 5, 8},
                          .mean = Tensor::zeros({1}),
                          .scale = Tensor::ones({1}),
                          .weight = Tensor::from({1, 2, 2}, {3, 1}),
                          .bias = Tensor::zeros({3})};
  const Tensor two = Tensor::from({1, -1}, {2, 1});
  CHECK(probe.rank(two, 4).labels == std::vector<int>{5, 8, 3, -1, 3, 5, 8, -1});
  CHECK(probe.predict(two) == std::vector<int>{5, 3});
  CHECK(probe.accuracy(two, std::vector<int>{8, 8}) == 0);
  CHECK(probe.accuracy(two, std::vector<int>{8, 8}, 2) == 0.5);
  CHECK(probe.accuracy(two, std::vector<int>{8, 8}, 3) == 1);
  CHECK_THROWS_WITH_AS(probe.predict(Tensor::from({0, 2, 3e38}, {3, 1})),
                       "linear probe: logits hold a value that is not finite, first in row 2, column 1", Error);
}

TEST_CASE("labels may have any value: a search and a probe know those that occur, and cost the same") {
  const Tensor x = Tensor::randn({400, 6}, Key(1)), other = Tensor::randn({100, 6}, Key(2));
  const auto labels = noisy_labels(x, 3, Key(3)), truth = noisy_labels(other, 3, Key(4));
  const int huge[] = {0, 1000000, 2147483647};
  const auto renamed = [&](std::vector<int> all) {
    for (int& label : all) label = huge[label];
    return all;
  };
  const auto large = renamed(labels), large_truth = renamed(truth);
  const LinearProbe probe = fit_linear_probe(x, labels);
  reset_peak_bytes();
  const int64_t held = live_bytes();
  CHECK(knn_classify(x, large, other) == renamed(knn_classify(x, labels, other)));
  CHECK(knn_accuracy(x, large, other, large_truth) == knn_accuracy(x, labels, other, truth));
  const LinearProbe same = fit_linear_probe(x, large);
  CHECK(peak_bytes() - held < 1 << 20);
  CHECK(same.classes == std::vector<int>{0, 1000000, 2147483647});
  CHECK(same.weight.to_vector<float>() == probe.weight.to_vector<float>());
  CHECK(same.predict(other) == renamed(probe.predict(other)));
  CHECK(same.accuracy(other, large_truth) == probe.accuracy(other, truth));
  const double candidates[] = {1e-2, 1e-3};
  CHECK(fit_linear_probe(x, large, candidates).l2 == fit_linear_probe(x, labels, candidates).l2);
}

TEST_CASE("a nearest-neighbour search refuses what it cannot do") {
  const Tensor train = Tensor::ones({3, 2}), test = Tensor::ones({1, 2});
  const std::vector<int> labels{0, 1, 2}, truth{1};
  CHECK_THROWS_WITH_AS(knn_classify(train, labels, test),
                       "knn: k = 20 neighbours cannot be found among 3 training rows", Error);
  CHECK_THROWS_WITH_AS(knn_classify(train, labels, test, {.k = 1, .temperature = 0}),
                       "knn: temperature must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(knn_classify(train, std::vector<int>{0, 1, -2}, test, {.k = 1}),
                       "knn: training labels: label -2 of row 2 is below 0", Error);
  CHECK_THROWS_WITH_AS(knn_classify(train, truth, test, {.k = 1}), "knn: 1 training labels for 3 rows of features",
                       Error);
  CHECK_THROWS_WITH_AS(knn_accuracy(train, labels, test, std::vector<int>{-1}, {.k = 1}),
                       "knn: test labels: label -1 of row 0 is below 0", Error);
  CHECK_THROWS_WITH_AS(knn_accuracy(train, labels, test, labels, {.k = 1}),
                       "knn: 3 test labels for 1 rows of features", Error);
  CHECK_THROWS_WITH_AS(knn_accuracy(train, labels, test, truth, {.k = 1, .top = 0}),
                       "ranking: at least the first label is needed, got top = 0", Error);
  CHECK_THROWS_WITH_AS(Ranking(1, 2).accuracy(truth, 3), "ranking: 2 labels a row are ranked, top-3 cannot be told",
                       Error);
  CHECK_THROWS_WITH_AS(Ranking(2, 1).accuracy(truth), "ranking: 1 labels for 2 rows", Error);
  CHECK_THROWS_WITH_AS(knn_classify(train, labels, Tensor::ones({1, 3}), {.k = 1}),
                       "knn: training features have 2 columns and test features 3", Error);
  CHECK_THROWS_WITH_AS(knn_classify(Tensor::ones({3, 2, 2, 1}), labels, test, {.k = 1}),
                       "knn: training features must be a matrix (N, d) with at least one row and column, got "
                       "(3, 2, 2, 1); reshape images to rows first",
                       Error);
  const Tensor damaged = Tensor::from({1, 2, 3, std::numeric_limits<double>::quiet_NaN(), 5, 6}, {3, 2});
  CHECK_THROWS_WITH_AS(knn_classify(damaged, labels, test, {.k = 1}),
                       "knn: training features hold a value that is not finite, first in row 1, column 1", Error);
}

TEST_CASE("the linear probe is at PyTorch's optimum, where the gradient is zero") {
  const auto labels = golden["labels"].get<std::vector<int>>();
  REQUIRE(golden["probe"].size() == 2);
  for (const json& c : golden["probe"]) {
    CAPTURE(c["l2"].get<double>());
    const LinearProbe fine = fit_linear_probe(golden_matrix("train", DType::f64), labels,
                                              {.l2 = c["l2"], .max_iterations = 2000, .tolerance = 1e-10});
    CHECK(fine.converged);
    CHECK(fine.largest_gradient < 1e-10);
    CHECK(fine.loss == Approx(c["loss"].get<double>()).epsilon(1e-10));
    CHECK(deviation(fine.weight, c["weight"]) < 2e-8);
    CHECK(deviation(fine.bias, c["bias"]) < 2e-8);
    CHECK(sum(fine.bias).item() == Approx(0).scale(1));

    const LinearProbe single = fit_linear_probe(golden_matrix("train", DType::f32), labels,
                                                {.l2 = c["l2"], .max_iterations = 2000, .tolerance = 1e-6});
    CHECK(single.loss == Approx(c["loss"].get<double>()).epsilon(1e-5));
    CHECK(deviation(single.weight, c["weight"]) < (c["l2"] == 1e-2 ? 4e-4 : 1.7e-3));
    CHECK(single.weight.dtype() == DType::f32);
  }
}

TEST_CASE("the gradient of a fitted probe, taken by the engine, is zero") {
  const Tensor x = Tensor::randn({3000, 30}, Key(1), DType::f64) * 4 + 2.5;
  const auto labels = noisy_labels(x, 5, Key(2));
  const LinearProbe probe = fit_linear_probe(x, labels, {.l2 = 1e-3, .tolerance = 1e-9});
  REQUIRE(probe.converged);
  Tensor w = probe.weight.clone().detach().set_requires_grad(true), b = probe.bias.clone().detach();
  b.set_requires_grad(true);
  const Tensor standard = (x - probe.mean) * probe.scale;
  CHECK(mean(standard).item() == Approx(0).scale(1));
  CHECK(mean(square(standard)).item() == Approx(1));
  Tensor loss = cross_entropy(linear(standard, w, b), labels) + sum(square(w)) * 5e-4;
  loss.backward();
  CHECK(loss.item() == Approx(probe.loss).epsilon(1e-12));
  CHECK(max(abs(w.grad())).item() < 2e-9);
  CHECK(max(abs(b.grad())).item() < 2e-9);
  CHECK(probe.accuracy(x, labels) > 0.85);
}

TEST_CASE("a linear probe ignores a constant feature, and threads do not change it") {
  const Tensor random = Tensor::randn({2500, 12}, Key(1));
  const auto labels = noisy_labels(random, 3, Key(2));
  const Tensor x = concatenate({random, Tensor::full({2500, 1}, 0.1), Tensor::zeros({2500, 1})}, 1);
  const LinearProbe with = fit_linear_probe(x, labels), without = fit_linear_probe(random, labels);
  CHECK(test::same_on_threads([&] {
    const LinearProbe probe = fit_linear_probe(x, labels);
    return std::pair(probe.weight.to_vector<float>(), probe.loss);
  }));
  CHECK(with.scale.to_vector<float>()[12] == 0);
  CHECK(with.scale.to_vector<float>()[13] == 0);
  CHECK(norm(slice(with.weight, 1, 12, 14)).item() == 0);
  CHECK(with.loss == Approx(without.loss).epsilon(1e-4));
  // In other rows it may have any value.
  const Tensor other = concatenate({random, Tensor::full({2500, 2}, 1e6)}, 1);
  CHECK(with.predict(other) == with.predict(x));
}

TEST_CASE("a linear probe refuses what it cannot do") {
  const Tensor x = Tensor::randn({4, 3}, Key(1));
  const std::vector<int> labels{0, 1, 2, 1};
  CHECK_THROWS_WITH_AS(fit_linear_probe(x, std::vector<int>{0, 1}), "linear probe: 2 labels for 4 rows of features",
                       Error);
  CHECK_THROWS_WITH_AS(fit_linear_probe(x, std::vector<int>{0, 1, 2, -1}),
                       "linear probe: labels: label -1 of row 3 is below 0", Error);
  CHECK_THROWS_WITH_AS(fit_linear_probe(x / Tensor::zeros({4, 3}), labels),
                       "linear probe: features hold a value that is not finite, first in row 0, column 0", Error);
  CHECK_THROWS_WITH_AS(LinearProbe{}.predict(x), "linear probe: not fitted; use fit_linear_probe", Error);
  const LinearProbe probe = fit_linear_probe(x, labels, {.max_iterations = 1});
  CHECK_FALSE(probe.converged);
  CHECK_THROWS_WITH_AS(probe.predict(Tensor::ones({1, 2})), "linear probe: fitted to 3 features, got 2", Error);
  CHECK_THROWS_WITH_AS(probe.accuracy(x, std::vector<int>{0}), "linear probe: 1 labels for 4 rows of features",
                       Error);
}

TEST_CASE("raw pixels of MNIST get the accuracies known from the literature") {
  const auto root = nce::test::real_data("MNIST");
  if (!root) return;
  struct Digits {
    Tensor x;
    std::vector<int> labels;
  };
  // The first n digits of a split as rows of pixels in [0, 1].
  const auto digits = [&](data::Split split, int64_t n) -> Digits {
    const auto set = data::mnist(*root, split);
    return {reshape(data::to_tensor(set, 0, n, {}), {n, -1}), {set.labels.begin(), set.labels.begin() + n}};
  };
  const Digits train = digits(data::Split::train, 2000), test = digits(data::Split::test, 1000);
  const int ks[] = {20, 200};
  const auto knn = knn_rank(train.x, train.labels, test.x, ks);
  CHECK(knn[0].accuracy(test.labels) == Approx(0.886).epsilon(0.005));
  CHECK(knn[1].accuracy(test.labels) == Approx(0.817).epsilon(0.005));
  const LinearProbe probe = fit_linear_probe(train.x, train.labels);
  CHECK(probe.converged);
  CHECK(probe.accuracy(train.x, train.labels) > 0.999);
  CHECK(probe.accuracy(test.x, test.labels) == Approx(0.84).epsilon(0.02));
}

TEST_CASE("a probe's penalty is chosen by rows that it was not fitted to") {
  // One of 60 features tells the two labels apart, with errors. With few rows a large penalty is better.
  const int64_t n = 200, d = 60;
  std::vector<double> values = Tensor::randn({n, d}, Key(1), DType::f64).to_vector<double>();
  std::vector<int> labels;
  for (int64_t i = 0; i < n; ++i) {
    labels.push_back(int(i / 3 % 2));
    values[size_t(i * d)] += labels.back() ? 1 : -1;
  }
  const Tensor x = Tensor::from(values, {n, d});
  const std::vector<double> candidates{1, 1e-1, 1e-3, 1e-6};
  const LinearProbe probe = fit_linear_probe(x, labels, candidates);
  CHECK(probe.l2 >= 0.1);
  const LinearProbe same = fit_linear_probe(x, labels, {.l2 = probe.l2});
  CHECK(probe.weight.to_vector<double>() == same.weight.to_vector<double>());
  CHECK(fit_linear_probe(x, labels, std::vector<double>{1e-3}).l2 == 1e-3);

  // The labels take turns, and a small feature tells them apart. Both labels are held out: the smaller penalty wins.
  std::vector<double> points;
  std::vector<int> turns;
  for (int i = 0; i < 300; ++i) {
    turns.push_back(i % 10);
    points.push_back(std::cos(turns.back() * 0.6)), points.push_back(std::sin(turns.back() * 0.6));
  }
  const Tensor circle = Tensor::from(points, {300, 2}) + Tensor::randn({300, 2}, Key(2), DType::f64) * 0.05;
  CHECK(fit_linear_probe(circle, turns, std::vector<double>{1, 1e-5}).l2 == 1e-5);
  CHECK_THROWS_WITH_AS(fit_linear_probe(x, labels, std::vector<double>{}),
                       "linear probe: choosing a penalty needs candidates and at least 10 rows, got 0 and 200",
                       Error);
}
