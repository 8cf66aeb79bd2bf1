#include "nce/nn/eval/clustering.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/golden.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {
const nlohmann::json golden = nce::test::golden_file("evaluation.json");
}

TEST_CASE("clusters agree with labels as scikit-learn says") {
  REQUIRE(golden["partitions"].size() == 5);
  for (const auto& c : golden["partitions"]) {
    const auto clusters = c["clusters"].get<std::vector<int>>(), labels = c["labels"].get<std::vector<int>>();
    CHECK(clustering_accuracy(clusters, labels) == Approx(c["accuracy"].get<double>()).epsilon(1e-12));
    CHECK(normalized_mutual_info(clusters, labels) == Approx(c["nmi"].get<double>()).epsilon(1e-10));
    CHECK(adjusted_rand_index(clusters, labels) == Approx(c["ari"].get<double>()).epsilon(1e-10));
    for (const auto measure : {clustering_accuracy, normalized_mutual_info, adjusted_rand_index})
      CHECK(measure(clusters, labels) == Approx(measure(labels, clusters)).epsilon(1e-12));
  }
}

TEST_CASE("only which rows share a number counts") {
  const std::vector<int> labels{0, 0, 1, 1, 2, 2, 2}, renamed{70, 70, 5, 5, 0, 0, 0}, one(7, 3);
  std::vector<int> apart(7);
  std::iota(apart.begin(), apart.end(), 0);
  for (const auto measure : {clustering_accuracy, normalized_mutual_info, adjusted_rand_index}) {
    CHECK(measure(renamed, labels) == Approx(1).epsilon(1e-15));
    CHECK(measure(one, one) == 1);
    CHECK(measure(apart, apart) == Approx(1).epsilon(1e-15));
  }
  CHECK(clustering_accuracy(one, labels) == Approx(3.0 / 7));
  CHECK(normalized_mutual_info(one, labels) == 0);
  CHECK(adjusted_rand_index(one, labels) == 0);
  // The label that most rows of a cluster have is not always its own: 0-1 and 1-0 are better than 0-0 and 1-1.
  const std::vector<int> clusters{0, 0, 0, 0, 0, 1, 1, 1, 1}, wanted{0, 0, 0, 1, 1, 0, 0, 0, 0};
  CHECK(clustering_accuracy(clusters, wanted) == Approx(6.0 / 9));
}

TEST_CASE("the best pairs of clusters and labels are those of all permutations") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const int groups = 2 + int(random.below(5));
    std::vector<int> clusters, labels, order(static_cast<size_t>(groups));
    for (int i = 0; i < 40; ++i)
      clusters.push_back(int(random.below(uint32_t(groups)))),
          labels.push_back(int(random.below(uint32_t(groups))));
    std::iota(order.begin(), order.end(), 0);
    int most = 0;
    do {
      int right = 0;
      for (size_t i = 0; i < labels.size(); ++i) right += order[size_t(clusters[i])] == labels[i];
      most = std::max(most, right);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(clustering_accuracy(clusters, labels) == Approx(most / 40.0));
  }
}

TEST_CASE("silhouettes are scikit-learn's, also where a row is alone") {
  const auto values = golden["train"].get<std::vector<double>>();
  const int64_t d = golden["d"];
  const Tensor x = Tensor::from(values, {int64_t(values.size()) / d, d});
  const auto labels = golden["labels"].get<std::vector<int>>(),
             alone = golden["silhouette_alone"]["labels"].get<std::vector<int>>();
  CHECK(silhouette(x, labels) == Approx(golden["silhouette"].get<double>()).epsilon(1e-9));
  CHECK(silhouette(x.to(DType::f32), labels) == Approx(golden["silhouette"].get<double>()).epsilon(1e-5));
  CHECK(silhouette(x, alone) == Approx(golden["silhouette_alone"]["value"].get<double>()).epsilon(1e-9));
  CHECK(silhouette(x + 1e5, labels) == Approx(silhouette(x, labels)).epsilon(1e-6));  // only differences count
}

TEST_CASE("a silhouette of rows far apart is near 1, tiles and threads change nothing") {
  const int64_t n = 3000;
  std::vector<int> groups;
  for (int64_t i = 0; i < n; ++i) groups.push_back(int(i % 3));
  const Tensor centres = Tensor::randn({3, 4}, Key(1)) * 1000;
  const Tensor x = index_select(centres, 0, groups) + Tensor::randn({n, 4}, Key(2)) * 0.01;
  CHECK(silhouette(x, groups) > 0.999);
  CHECK(silhouette(index_select(centres, 0, groups), groups) == 1);
  CHECK(silhouette(Tensor::ones({6, 2}), std::vector<int>{0, 0, 0, 1, 1, 1}) == 0);
  const Tensor noise = Tensor::randn({n, 4}, Key(3));
  CHECK(std::abs(silhouette(noise, groups)) < 0.01);
  CHECK(test::same_on_threads([&] { return silhouette(noise, groups); }));
}

TEST_CASE("what has no clusters is refused") {
  const std::vector<int> two{0, 1}, three{0, 1, 1}, negative{0, -1}, same{4, 4, 4}, all{0, 1, 2};
  CHECK_THROWS_WITH_AS(clustering_accuracy(two, three), "clustering_accuracy: 2 clusters for 3 rows of features",
                       Error);
  CHECK_THROWS_WITH_AS(adjusted_rand_index(two, negative),
                       "adjusted_rand_index: labels: label -1 of row 1 is below 0", Error);
  CHECK_THROWS_WITH_AS(normalized_mutual_info({}, {}), "normalized_mutual_info: there are no rows", Error);
  const Tensor x = Tensor::randn({3, 2}, Key(1));
  CHECK_THROWS_WITH_AS(silhouette(x, same), "silhouette: all 3 rows are in one group; two are needed", Error);
  CHECK_THROWS_WITH_AS(silhouette(x, all), "silhouette: each of the 3 rows is alone in its group", Error);
}
