#include "nce/data/ring.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "nce/data/order.h"

using namespace nce;
using namespace nce::data;

namespace {

// A domain without images: two noisy views of numbers.
struct Numbers {
  std::vector<int> items;
  std::vector<float> first, second;
  bool operator==(const Numbers&) const = default;
};

std::vector<Numbers> epoch(int prefetch, int64_t number, int64_t first_step = 0) {
  Order order("numbers", 23, 5, 7, false);
  Ring<Numbers> ring(prefetch, [&](int64_t step, Numbers& batch) {
    const auto items = order.batch(step);
    batch.items.assign(items.begin(), items.end());
    batch.first.clear(), batch.second.clear();
    for (int item : items) {
      Random random(Key(7).fold(uint64_t(number)).fold(uint64_t(item)));
      batch.first.push_back(float(item) + random.normal()), batch.second.push_back(float(item) + random.normal());
    }
  });
  order.shuffle(number);
  ring.start(first_step, order.steps());
  std::vector<Numbers> all;
  while (const Numbers* batch = ring.next()) all.push_back(*batch);
  CHECK(ring.next() == nullptr);
  return all;
}

}  // namespace

TEST_CASE("order and ring serve any kind of batch: same batches for any depth and starting step") {
  const auto expected = epoch(0, 4);
  REQUIRE(expected.size() == 5);
  CHECK(expected.back().items.size() == 3);
  std::vector<int> items;
  for (const Numbers& batch : expected) items.insert(items.end(), batch.items.begin(), batch.items.end());
  std::sort(items.begin(), items.end());
  std::vector<int> all(23);
  std::iota(all.begin(), all.end(), 0);
  CHECK(items == all);
  for (int prefetch : {0, 1, 2, 5}) {
    CHECK(epoch(prefetch, 4) == expected);
    CHECK(epoch(prefetch, 4, 3) == std::vector(expected.begin() + 3, expected.end()));
  }
  CHECK(epoch(2, 5) != expected);
}

TEST_CASE("a ring hands out the batches before a failure, then the failure, then starts again") {
  for (int prefetch : {0, 1, 3}) {
    CAPTURE(prefetch);
    int64_t failing = 2;
    Ring<std::string> ring(prefetch, [&](int64_t step, std::string& text) {
      check(step != failing, "step {} fails", step);
      text = std::to_string(step);
    });
    CHECK(ring.places().size() == size_t(prefetch) + 1);
    ring.start(0, 4);
    CHECK(*ring.next() == "0");
    CHECK(*ring.next() == "1");
    CHECK_THROWS_WITH_AS(ring.next(), "step 2 fails", Error);
    ring.stop();
    failing = -1;
    ring.start(2, 4);
    CHECK(*ring.next() == "2");
    CHECK(*ring.next() == "3");
    CHECK(ring.next() == nullptr);
  }
}
