#include "nce/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <set>
#include <type_traits>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/views/flip.h"
#include "nce/data/views/image.h"

using namespace nce;
using namespace nce::data;

// What keeps a reference refuses a temporary.
static_assert(std::is_constructible_v<Loader, const Dataset&, LoaderOptions>);
static_assert(!std::is_constructible_v<Loader, InMemoryDataset, LoaderOptions>);
static_assert(!std::is_constructible_v<Loader, const InMemoryDataset, LoaderOptions>);
static_assert(std::is_constructible_v<Image, const Dataset&, int64_t, LineMemory&>);
static_assert(!std::is_constructible_v<Image, InMemoryDataset, int64_t, LineMemory&>);

namespace {

const InMemoryDataset& digits() {
  static const InMemoryDataset set = glyphs(Split::train, {.count = 103});
  return set;
}

// All batches of an epoch as floats: step, indices, labels, views.
std::vector<std::vector<float>> epoch(Loader& loader, int64_t number, int64_t first = 0) {
  std::vector<std::vector<float>> batches;
  loader.start_epoch(number, first);
  while (const Batch* batch = loader.next()) {
    std::vector<float> all{float(batch->step)};
    all.insert(all.end(), batch->indices.begin(), batch->indices.end());
    all.insert(all.end(), batch->labels.begin(), batch->labels.end());
    const auto values = batch->views.to_vector<float>();
    all.insert(all.end(), values.begin(), values.end());
    batches.push_back(std::move(all));
  }
  return batches;
}

}  // namespace

TEST_CASE("batches have the same bits for any number of threads, depth of prefetching and starting step") {
  const RestoreThreads restore;
  set_num_threads(1);
  Loader plain(digits(), {.batch = 16, .prefetch = 0});
  const auto expected = epoch(plain, 3);
  REQUIRE(expected.size() == 6);
  for (int threads : {1, 2, 4})
    for (int prefetch : {0, 1, 2, 3}) {
      CAPTURE(threads);
      CAPTURE(prefetch);
      set_num_threads(threads);
      Loader loader(digits(), {.batch = 16, .prefetch = prefetch});
      CHECK(epoch(loader, 3) == expected);
      for (int64_t first : {1, 4, 6})
        CHECK(epoch(loader, 3, first) == std::vector(expected.begin() + first, expected.end()));
    }
}

TEST_CASE("single views are the images as they are, with their labels, shuffled or in the order of the data") {
  const Normalisation normalisation = pixel_statistics(digits());
  for (const Sampler& sampler : {Sampler(RandomSampler()), Sampler(SequentialSampler())}) {
    Loader loader(digits(), {.batch = 16,
                             .views = {},
                             .num_views = 1,
                             .normalisation = normalisation,
                             .drop_last = false,
                             .sampler = sampler});
    std::vector<int> seen;
    loader.start_epoch(0);
    while (const Batch* batch = loader.next()) {
      const Tensor off = batch->views - to_tensor(digits(), batch->indices, normalisation);  // rounding
      CHECK(max(abs(off)).item() < 1e-6);
      for (size_t i = 0; i < batch->labels.size(); ++i)
        CHECK(batch->labels[i] == digits().labels[size_t(batch->indices[i])]);
      seen.insert(seen.end(), batch->indices.begin(), batch->indices.end());
    }
    CHECK(std::is_sorted(seen.begin(), seen.end()) == bool(sampler.target<SequentialSampler>()));
    std::sort(seen.begin(), seen.end());
    std::vector<int> all(103);
    std::iota(all.begin(), all.end(), 0);
    CHECK(seen == all);
  }
}

TEST_CASE("an epoch shows every image once, with its label, in an order of its own") {
  Loader loader(digits(), {.batch = 16, .drop_last = false});
  CHECK(loader.steps_per_epoch() == 7);
  std::vector<std::vector<int>> orders;
  for (int64_t number : {0, 1, 0}) {
    std::vector<int> order;
    loader.start_epoch(number);
    while (const Batch* batch = loader.next()) {
      const int64_t n = batch->step < 6 ? 16 : 7;
      REQUIRE(batch->indices.size() == size_t(n));
      REQUIRE(batch->views.shape() == Shape{2 * n, 28, 28, 1});
      for (size_t i = 0; i < size_t(n); ++i)
        REQUIRE(batch->labels[i] == digits().labels[size_t(batch->indices[i])]);
      order.insert(order.end(), batch->indices.begin(), batch->indices.end());
    }
    orders.push_back(order);
    std::sort(order.begin(), order.end());
    std::vector<int> all(103);
    std::iota(all.begin(), all.end(), 0);
    CHECK(order == all);
  }
  CHECK(orders[0] != orders[1]);
  CHECK(orders[0] == orders[2]);
}

TEST_CASE("the two views differ: each is that of augment_batch under the key of seed, epoch and view") {
  Loader loader(digits(), {.batch = 8, .seed = 5});
  loader.start_epoch(2, 3);
  const Batch* batch = loader.next();
  const Key key = Key(5).fold(2);
  CHECK(batch->step == 3);
  const auto [first, second] = halves(batch->views);
  CHECK(first.to_vector<float>() ==
        augment_batch(digits(), batch->indices, {}, simclr_views(), key.fold(0)).to_vector<float>());
  CHECK(second.to_vector<float>() ==
        augment_batch(digits(), batch->indices, {}, simclr_views(), key.fold(1)).to_vector<float>());
  CHECK(first.to_vector<float>() != second.to_vector<float>());
}

TEST_CASE("more views leave the first two as they are, and each has a key of its own") {
  const auto views_of = [](int64_t num_views) {
    Loader loader(digits(), {.batch = 8, .seed = 5, .num_views = num_views});
    loader.start_epoch(2);
    return chunk(loader.next()->views.clone(), num_views);
  };
  const std::vector<Tensor> two = views_of(2), four = views_of(4);
  std::set<std::vector<float>> different;
  for (const Tensor& view : four) different.insert(view.to_vector<float>());
  CHECK(different.size() == 4);
  for (size_t view : {0, 1}) CHECK(two[view].to_vector<float>() == four[view].to_vector<float>());
  Loader loader(digits(), {.batch = 8, .seed = 5, .num_views = 3});
  loader.start_epoch(2);
  const Batch* batch = loader.next();  // the key of the order is not a view's
  CHECK(chunk(batch->views, 3)[2].to_vector<float>() ==
        augment_batch(digits(), batch->indices, {}, simclr_views(), Key(5).fold(2).fold(3)).to_vector<float>());
  CHECK_THROWS_WITH_AS(views_of(0), "loader: num_views must be at least 1, got 0", Error);
}

TEST_CASE("a loader takes no memory after its construction, and none stays behind") {
  const int64_t live = live_bytes();
  {
    Loader loader(digits(), {.batch = 16, .prefetch = 3, .drop_last = false});
    const int64_t system = system_bytes(), held = live_bytes();
    for (int64_t number = 0; number < 3; ++number) {
      loader.start_epoch(number);
      while (loader.next()) {}
    }
    CHECK(system_bytes() == system);
    CHECK(live_bytes() == held);
  }
  CHECK(live_bytes() == live);
}

TEST_CASE("a loader can be left in the middle of an epoch") {
  const auto start = std::chrono::steady_clock::now();
  for (int prefetch : {1, 4})
    for (int taken = 0; taken < 4; ++taken) {
      Loader loader(digits(), {.batch = 10, .prefetch = prefetch});
      for (int64_t number = 0; number < 5; ++number) {
        loader.start_epoch(number);
        for (int i = 0; i < taken; ++i) REQUIRE(loader.next()->step == i);
      }
    }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("training beside the loader on the same threads neither blocks nor changes a bit") {
  const RestoreThreads restore;
  set_num_threads(2);
  Loader loader(digits(), {.batch = 16, .prefetch = 3}), plain(digits(), {.batch = 16, .prefetch = 0});
  std::vector<double> work(4096);
  for (int64_t number = 0; number < 10; ++number) {
    const auto expected = epoch(plain, number);
    loader.start_epoch(number);
    for (const auto& batch : expected) {
      parallel_for(4096, 16, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          for (int k = 0; k < 200; ++k) work[size_t(i)] += 1.0 / double(i + k + 1);
      });
      const Batch* got = loader.next();
      REQUIRE(got);
      const auto view = halves(got->views).second.to_vector<float>();
      REQUIRE(std::equal(view.begin(), view.end(), batch.end() - int64_t(view.size())));
    }
    REQUIRE(loader.next() == nullptr);
  }
}

TEST_CASE("a loader that cannot work says so at once") {
  const auto make = [](LoaderOptions options) { Loader loader(digits(), options); };
  CHECK_THROWS_WITH_AS(make({.batch = 256}), "loader: a batch of 256 is larger than the data: glyphs has 103 items",
                       Error);
  CHECK_THROWS_WITH_AS(make({.batch = 0}), "loader: a batch needs at least 1 item, got 0", Error);
  CHECK_THROWS_WITH_AS(make({.batch = 9, .prefetch = -1}), "loader: prefetch must be 0 or more, got -1", Error);
  Pipeline views = simclr_views();
  views.get<RandomHorizontalFlip>().p = 2;
  CHECK_THROWS_WITH_AS(make({.batch = 9, .views = views}), "views: flip must be within 0 .. 1, got 2", Error);
  CHECK_THROWS_WITH_AS(make({.batch = 9, .normalisation = {.mean = {0, 0, 0}, .std = {1, 1, 1}}}),
                       "glyphs: a normalisation of 3 channels does not fit images of 1", Error);
  Loader loader(digits(), {.batch = 10});
  CHECK_THROWS_WITH_AS(loader.next(), "loader: next() before the first start_epoch()", Error);
  CHECK_THROWS_WITH_AS(loader.start_epoch(0, 11), "loader: there is no step 11 in an epoch of 10", Error);
  InMemoryDataset cut = digits();
  cut.images.pop_back();
  CHECK_THROWS_WITH_AS(Loader(cut, {.batch = 10}),
                       "glyphs: 103 labels ask for 80752 bytes of images; there are 80751", Error);
}
