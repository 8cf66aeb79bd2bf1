#include "nce/data/subset.h"

#include <doctest/doctest.h>

#include <tuple>

#include "nce/core/error.h"
#include "support/idx.h"

using namespace nce;
using namespace nce::data;

TEST_CASE("a subset of a data set keeps its facts") {
  auto set = std::make_shared<InMemoryDataset>(nce::test::squares(40));
  set->may_mirror = false;
  const Subset part(set, {3, 39});
  CHECK(part.labels == std::vector<int>{0, 3});
  std::vector<uint8_t> room;
  CHECK(part.image(1, room).pixels.data() == set->image(39).data());  // no copy
  CHECK(std::tuple(part.name, part.height, part.classes, part.may_mirror) == std::tuple("squares", 12, 4, false));
  CHECK_THROWS_WITH_AS(Subset(set, {40}), "squares: there is no image 40 in 40", Error);
}
