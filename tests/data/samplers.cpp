#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/loader.h"
#include "nce/data/samplers/catalogue.h"
#include "nce/data/samplers/m_per_class.h"
#include "nce/data/samplers/weighted.h"
#include "nce/data/sets/glyphs.h"
#include "support/files.h"

using namespace nce;
using namespace nce::data;

namespace {

template <class F>
std::string error_of(F f) try {
  f();
  return "";
} catch (const Error& error) { return error.what(); }

// Classes 0, 1, 2 and 5 with 60, 30, 3 and 7 items.
const std::vector<int>& uneven() {
  static const std::vector<int> labels = [] {
    std::vector<int> all;
    for (const auto& [label, count] : std::map<int, int>{{0, 60}, {1, 30}, {2, 3}, {5, 7}})
      all.insert(all.end(), size_t(count), label);
    return all;
  }();
  return labels;
}
Population uneven(int64_t batch) { return {.name = "uneven", .size = 100, .labels = uneven(), .batch = batch}; }

std::vector<int> drawn(const Sampler& sampler, int64_t batch = 1, uint64_t seed = 1) {
  Random random(seed);
  return sampler(uneven(batch), random);
}

}  // namespace

TEST_CASE("m_per_class: each batch has m of each of batch / m classes, and all items of a class come in turn") {
  const std::vector<int> order = drawn(MPerClassSampler{.m = 5}, 15);
  REQUIRE(order.size() == 90);  // six whole batches
  std::map<int, int> batches_of_class, times;
  for (size_t begin = 0; begin < order.size(); begin += 15) {
    std::map<int, int> counts;
    for (size_t i = begin; i < begin + 15; ++i) ++counts[uneven()[size_t(order[i])]], ++times[order[i]];
    CHECK(counts.size() == 3);
    for (const auto& [label, count] : counts) {
      CHECK(count == 5);
      ++batches_of_class[label];
    }
  }
  CHECK(batches_of_class.size() == 4);
  for (int item = 0; item < 100; ++item) {  // an item comes as often as the others of its class, up to one
    const int label = uneven()[size_t(item)], draws = 5 * batches_of_class[label];
    const int size = int(std::count(uneven().begin(), uneven().end(), label));
    CHECK((times[item] == draws / size || times[item] == (draws + size - 1) / size));
  }
  CHECK(order != drawn(MPerClassSampler{.m = 5}, 15, 2));
}

TEST_CASE("m_per_class refuses batches that it cannot fill, and says what would do") {
  CHECK(error_of([] { drawn(MPerClassSampler{.m = 4}, 10); }) ==
        "m_per_class: a batch of 10 does not hold 4 of each class: it must be a multiple of m");
  CHECK(
      error_of([] { drawn(MPerClassSampler{.m = 4}, 40); }) ==
      "m_per_class: a batch of 40 with 4 of each class needs 10 classes, uneven has 4: take m = 10, or a batch of 16");
  CHECK(error_of([] { drawn(MPerClassSampler{.m = 0}, 40); }) == "m_per_class: m must be at least 1, got 0");
  Random random(1);
  CHECK(error_of([&] { MPerClassSampler()({.name = "plain", .size = 8, .labels = {}, .batch = 4}, random); }) ==
        "m_per_class: plain has no labels to draw by");
}

TEST_CASE("weighted: items come in proportion to their weights, and those of weight 0 never") {
  std::vector<double> weights(100, 0);
  weights[3] = 1, weights[50] = 2, weights[98] = 5;
  std::map<int, int> times;
  constexpr int kEpochs = 200;
  for (uint64_t seed = 0; seed < kEpochs; ++seed)
    for (const int item : drawn(WeightedRandomSampler{weights}, 1, seed)) ++times[item];
  CHECK(times.size() == 3);
  for (const int item : {3, 50, 98}) {
    const double p = weights[size_t(item)] / 8, n = 100 * kEpochs;
    CHECK(std::abs(times[item] - n * p) < 4 * std::sqrt(n * p * (1 - p)));
  }
}

TEST_CASE("weighted without weights draws all classes alike") {
  std::map<int, int> times;
  for (uint64_t seed = 0; seed < 200; ++seed)
    for (const int item : drawn(WeightedRandomSampler(), 1, seed)) ++times[uneven()[size_t(item)]];
  for (const int label : {0, 1, 2, 5}) CHECK(std::abs(times[label] - 5000) < 4 * std::sqrt(20000 * 0.25 * 0.75));
}

TEST_CASE("weighted refuses weights that do not fit, and a file names the line") {
  CHECK(error_of([] {
          drawn(WeightedRandomSampler{{1, 2}});
        }) == "weighted: 2 weights do not fit uneven, which has 100 items");
  std::vector<double> weights(100, 0);
  CHECK(error_of([&] { drawn(WeightedRandomSampler{weights}); }) ==
        "weighted: the weights must have a sum above 0, got 0");
  weights[7] = -1;
  CHECK(error_of([&] { drawn(WeightedRandomSampler{weights}); }) ==
        "weighted: the weight of item 7 must be 0 or more, got -1");
  const test::TemporaryFolder folder;
  const std::string file = folder / "weights.txt";
  folder.write("weights.txt", "1\n0.25\r\n3e-1\n");
  CHECK(read_weights(file) == std::vector<double>{1, 0.25, 0.3});
  folder.write("weights.txt", "1\nmuch\n");
  CHECK(error_of([&] { read_weights(file); }) == file + ": line 2 'much' is not a weight");
  folder.write("weights.txt", "");
  CHECK(error_of([&] { read_weights(file); }) == file + ": is empty; it needs one weight a line");
}

TEST_CASE(
    "samplers: same bits for any number of threads, prefetch and starting step, an image that comes again has "
    "views of its own") {
  const RestoreThreads restore;
  const auto digits = glyphs(Split::train, {.count = 100});
  std::vector<double> weights(100, 0);
  weights[1] = weights[2] = 1;
  for (const Sampler& sampler :
       {make_sampler("m_per_class", {{"m", "4"}}), Sampler(WeightedRandomSampler{weights})}) {
    const auto all = [&](int threads, int prefetch, int64_t first) {
      set_num_threads(threads);
      Loader loader(digits, {.batch = 20, .prefetch = prefetch, .sampler = sampler});
      loader.start_epoch(3, first);
      std::vector<std::vector<float>> batches;
      while (const Batch* batch = loader.next()) {
        batches.push_back(batch->views.to_vector<float>());
        batches.back().insert(batches.back().end(), batch->indices.begin(), batch->indices.end());
      }
      return batches;
    };
    const auto expected = all(1, 0, 0);
    REQUIRE(expected.size() == 5);
    for (const int threads : {1, 2, 3})
      for (const int prefetch : {0, 2})
        for (const int64_t first : {0, 2, 4})
          CHECK(all(threads, prefetch, first) == std::vector(expected.begin() + first, expected.end()));
  }
  Loader loader(digits, {.batch = 20, .sampler = WeightedRandomSampler{weights}});
  loader.start_epoch(0);
  std::set<std::vector<float>> different;
  while (const Batch* batch = loader.next())
    for (const Tensor& view : chunk(batch->views, 40)) different.insert(view.to_vector<float>());
  CHECK(different.size() == 200);
}

TEST_CASE("an own sampler that draws what is not there, or epochs of different lengths, is found") {
  const auto digits = glyphs(Split::train, {.count = 50});
  const auto make = [&](Sampler sampler) {
    return Loader(digits, {.batch = 10, .sampler = std::move(sampler)}).steps_per_epoch();
  };
  CHECK(error_of([&] { make([](auto&, Random&) { return std::vector<int>(20, 50); }); }) ==
        "loader: the sampler drew item 50; glyphs has 50 items");
  CHECK(error_of([&] { make([](auto&, Random&) { return std::vector<int>(9, 0); }); }) ==
        "loader: the sampler drew 9 items, less than a batch of 10");
  Loader loader(digits, {.batch = 10, .sampler = [](auto&, Random& random) {
                           return std::vector<int>(10 + random.below(1000), 0);
                         }});
  CHECK(error_of([&] { loader.start_epoch(1); }).starts_with("loader: the sampler drew "));
  CHECK(loader.next() == nullptr);  // it does not wait for what nobody makes
}
