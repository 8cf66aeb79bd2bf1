#include "nce/nn/eval/kmeans.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {

// n rows near each of `centres`, in turn.
Tensor blobs(const Tensor& centres, int64_t n, double noise, Key key) {
  std::vector<int> which;
  for (int64_t i = 0; i < n * centres.size(0); ++i) which.push_back(int(i % centres.size(0)));
  return index_select(centres, 0, which) + Tensor::randn({int64_t(which.size()), centres.size(1)}, key) * noise;
}

}  // namespace

TEST_CASE("k-means finds groups that are far apart, whatever rows it starts from") {
  const Tensor centres = Tensor::randn({7, 12}, Key(1)) * 10;
  const Tensor x = blobs(centres, 90, 0.5, Key(2));
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const KMeans found = fit_kmeans(x, {.clusters = 7, .key = Key(seed)});
    for (size_t i = 7; i < found.cluster.size(); ++i) REQUIRE(found.cluster[i] == found.cluster[i - 7]);
    CHECK(std::set<int>(found.cluster.begin(), found.cluster.begin() + 7).size() == 7);
    CHECK(found.inertia == Approx(630 * 12 * 0.25).epsilon(0.1));
    const auto c = index_select(found.centroids, 0, found.cluster).to_vector<double>(),
               rows = x.to_vector<double>();
    double inertia = 0;
    for (size_t i = 0; i < c.size(); ++i) inertia += (rows[i] - c[i]) * (rows[i] - c[i]);
    CHECK(found.inertia == Approx(inertia).epsilon(1e-5));
    CHECK(found.assign(x) == found.cluster);
    CHECK(found.assign(centres) == std::vector<int>(found.cluster.begin(), found.cluster.begin() + 7));
  }
}

TEST_CASE("more rounds of k-means never raise the inertia, and the last one changes nothing") {
  const Tensor x = Tensor::uniform({2000, 3}, 0, 1, Key(3));
  double before = std::numeric_limits<double>::infinity();
  for (const int rounds : {1, 2, 4, 8, 16, 32}) {
    const double inertia =
        fit_kmeans(x, {.clusters = 12, .iterations = rounds, .n_init = 1, .key = Key(4)}).inertia;
    CHECK(inertia <= before * (1 + 1e-7));
    before = inertia;
  }
  const KMeans end = fit_kmeans(x, {.clusters = 12, .iterations = 1000, .n_init = 1, .key = Key(4)});
  CHECK(end.iterations < 1000);
  CHECK(end.inertia < before * (1 + 1e-7));
}

// Before candidates and more starts than one, 77 % of the seeds missed it. Candidates alone leave 13 %.
TEST_CASE("k-means finds the best of many optima, where groups overlap") {
  const Tensor x = blobs(Tensor::randn({10, 8}, Key(2)) * 4, 100, 1, Key(52));
  double best = std::numeric_limits<double>::infinity();
  std::vector<double> once, often;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    once.push_back(fit_kmeans(x, {.clusters = 10, .n_init = 1, .key = Key(seed)}).inertia);
    if (seed < 20) often.push_back(fit_kmeans(x, {.clusters = 10, .key = Key(seed)}).inertia);
    best = std::min(best, once.back());
  }
  const auto missed = [&](const std::vector<double>& inertias) {
    return std::count_if(inertias.begin(), inertias.end(), [&](double v) { return v > best * 1.005; });
  };
  CHECK(missed(once) <= 25);
  CHECK(missed(once) > 0);
  CHECK(missed(often) == 0);
}

TEST_CASE("k-means has the same bits for any number of threads") {
  const Tensor x = Tensor::randn({9000, 20}, Key(5));
  CHECK(test::same_on_threads([&] {
    const KMeans found = fit_kmeans(x, {.clusters = 9, .iterations = 15, .key = Key(6)});
    return std::tuple(found.centroids.to_vector<float>(), found.cluster, found.inertia);
  }));
}

TEST_CASE("k-means works with fewer different rows than clusters, and with a cluster for each row") {
  const Tensor twice = Tensor::from({1, 1, 5, 5, 1, 1, 5, 5}, {4, 2});
  const KMeans few = fit_kmeans(twice, {.clusters = 3});
  CHECK(few.inertia == 0);
  CHECK(few.cluster[0] == few.cluster[2]);
  CHECK(few.cluster[0] != few.cluster[1]);
  const KMeans all = fit_kmeans(Tensor::randn({6, 2}, Key(7)), {.clusters = 6});
  CHECK(std::set<int>(all.cluster.begin(), all.cluster.end()).size() == 6);
  CHECK(all.inertia == 0);
}

TEST_CASE("k-means refuses what it cannot do") {
  const Tensor x = Tensor::randn({4, 2}, Key(8));
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 5}), "kmeans: 5 clusters cannot be found among 4 rows", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 0}), "kmeans: 0 clusters cannot be found among 4 rows", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 2, .iterations = 0}),
                       "kmeans: at least 1 iteration is needed, got 0", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 2, .n_init = 0}),
                       "kmeans: at least 1 start is needed, got n_init = 0", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 2}).assign(Tensor::randn({3, 5}, Key(9))),
                       "kmeans: features have 5 columns and the centroids 2", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x / 0.0, {.clusters = 2}),
                       "kmeans: features hold a value that is not finite, first in row 0, column 0", Error);
  const Tensor huge = Tensor::from({1e30, 0, 0, 1, 2, 3, 4, 5}, {4, 2});
  CHECK_THROWS_WITH_AS(fit_kmeans(huge, {.clusters = 2}),
                       "kmeans: features reach 1e+30: their squares do not fit in f32; divide them by it", Error);
  CHECK_THROWS_WITH_AS(fit_kmeans(x, {.clusters = 2}).assign(huge),
                       "kmeans: features reach 1e+30: their squares do not fit in f32; divide them by it", Error);
}
