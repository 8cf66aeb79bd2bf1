// Local views of the loader, and errors of one image.
#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/data/loader.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/local_crops.h"

using namespace nce;
using namespace nce::data;

namespace {

const InMemoryDataset& digits() {
  static const InMemoryDataset set = glyphs(Split::train, {.count = 50});
  return set;
}

LoaderOptions with_local_crops(int64_t number, int64_t num_views = 2) {
  return {.batch = 16,
          .num_views = num_views,
          .local_views = LocalCrops{.size = 12}.of(simclr_views(), digits()),
          .num_local_views = number,
          .drop_last = false};
}

std::vector<std::vector<float>> epoch(const LoaderOptions& options, int64_t first = 0) {
  Loader loader(digits(), options);
  std::vector<std::vector<float>> all;
  loader.start_epoch(2, first);
  while (const Batch* batch = loader.next()) {
    all.push_back(batch->views.to_vector<float>());
    if (batch->local_views.defined()) all.push_back(batch->local_views.to_vector<float>());
  }
  return all;
}

// Pictures that are drawn when they are asked for. Those of `bad` cannot be.
class Drawn final : public Dataset {
 public:
  explicit Drawn(std::vector<int> bad = {})
      : Dataset(
            {.name = "drawn", .height = 8, .width = 8, .channels = 1, .classes = 1, .labels = std::vector(40, 0)}),
        bad_(std::move(bad)) {}
  Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    for (const int b : bad_) check(i != b, "nobody can draw this");
    room.assign(64, uint8_t(i));
    return {8, 8, 1, room};
  }
  std::string sample_name(int64_t i) const override { return i == 30 ? "thirty.png" : ""; }

 private:
  std::vector<int> bad_;
};

std::string error_of(Loader& loader) try {
  loader.start_epoch(0);
  while (loader.next()) {}
  return "";
} catch (const Error& error) { return error.what(); }

}  // namespace

TEST_CASE("local views have a size and keys of their own, and leave the large ones as they are") {
  Loader loader(digits(), with_local_crops(3));
  loader.start_epoch(2);
  while (const Batch* batch = loader.next()) {
    const int64_t n = int64_t(batch->indices.size());
    CHECK(batch->views.shape() == Shape{2 * n, 28, 28, 1});
    CHECK(batch->local_views.shape() == Shape{3 * n, 12, 12, 1});
  }
  const auto both = epoch(with_local_crops(3)), large = epoch(with_local_crops(0)),
             more = epoch(with_local_crops(3, 4));
  REQUIRE(both.size() == 8);
  REQUIRE(large.size() == 4);
  for (size_t step = 0; step < 4; ++step) CHECK(both[2 * step] == large[step]);
  for (size_t step = 0; step < 4; ++step) CHECK(both[2 * step + 1] == more[2 * step + 1]);
  const std::vector<float>& small = both[1];
  CHECK(!std::equal(small.begin(), small.begin() + 16 * 144, small.begin() + 16 * 144));
}

TEST_CASE("local views: same bits for any number of threads, prefetch and starting step") {
  const RestoreThreads restore;
  set_num_threads(1);
  LoaderOptions options = with_local_crops(2);
  options.prefetch = 0;
  const auto expected = epoch(options);
  for (const int threads : {1, 3})
    for (const int prefetch : {0, 2})
      for (const int64_t first : {0, 3}) {
        set_num_threads(threads), options.prefetch = prefetch;
        CHECK(epoch(options, first) == std::vector(expected.begin() + 2 * first, expected.end()));
      }
}

TEST_CASE("local crops: what is unset follows the data set, and a list without a crop is refused") {
  const InMemoryDataset photos({.name = "photos", .height = 30, .width = 45, .channels = 3, .classes = 1});
  Pipeline local = LocalCrops().of(simclr_views(), photos);
  CHECK(local.height(photos) == 15);
  CHECK(local.width(photos) == 22);
  CHECK(*local.get<RandomResizedCrop>().min_scale == 0.08);
  CHECK(local.get<RandomResizedCrop>().max_scale == doctest::Approx(0.4));
  LocalCrops crops{.number = 6};
  crops.settle(digits());
  CHECK(crops.size == 14);
  CHECK(*crops.min_scale == 0.4);
  CHECK(*crops.max_scale == 1);
  CHECK_THROWS_WITH_AS(LocalCrops().of(make_pipeline({"flip"}), photos),
                       "local_crops: small views are cut by a crop; add crop to the transforms", Error);
}

TEST_CASE(
    "an own set makes its pictures as they are needed, an error names the first that failed, on any number of threads") {
  const RestoreThreads restore;
  const Drawn whole, broken({30, 31, 7});
  Loader loader(whole, {.batch = 10, .views = {}, .num_views = 1, .sampler = SequentialSampler()});
  loader.start_epoch(0);
  loader.next();
  CHECK(loader.next()->views.to_vector<float>()[64 * 5] == doctest::Approx(15 / 255.0));
  for (const int threads : {1, 2, 4})
    for (int again = 0; again < 5; ++again) {
      set_num_threads(threads);
      Loader loader(broken, {.batch = 40, .sampler = SequentialSampler()});
      CHECK(error_of(loader) == "drawn: image 7: nobody can draw this");
      Loader last(broken, {.batch = 1, .sampler = [](auto& all, Random&) {
                             std::vector<int> order;
                             for (int64_t i = 0; i < all.size; ++i) order.push_back(int(i + 8) % int(all.size));
                             return order;
                           }});
      CHECK(error_of(last) == "drawn: image 30 (thirty.png): nobody can draw this");
    }
  Pipeline views;
  views.add("fails", [](Image&, Random&) { fail("no light"); });
  Loader dark(whole, {.batch = 40, .views = views, .sampler = SequentialSampler()});
  CHECK(error_of(dark) == "drawn: image 0: no light");
}
