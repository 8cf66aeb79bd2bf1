#include "nce/data/dataset.h"

#include <doctest/doctest.h>

#include "nce/core/error.h"
#include "nce/data/digest.h"
#include "nce/data/loader.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::data;

namespace {

// Pictures of many sizes, drawn on the fly: grey values that rise by `i` from left to right.
class Ramps final : public Dataset {
 public:
  explicit Ramps(int count)
      : Dataset({.name = "ramps",
                 .height = 8,
                 .width = 8,
                 .channels = 1,
                 .classes = 1,
                 .labels = std::vector<int>(size_t(count))}) {}
  Picture picture(int64_t i, std::vector<uint8_t>& room) const override {
    check(i != broken, "there is no ink");
    const int rows = 8 + int(i) % 3 * 4, columns = 8 + int(i) % 2 * 24;
    room.clear();
    for (int p = 0; p < rows * columns; ++p) room.push_back(uint8_t(p % columns * int(i)));
    return {rows, columns, i == coloured ? 3 : 1, room};
  }
  std::string sample_name(int64_t i) const override { return i == 5 ? "five.png" : ""; }

  int broken = -1, coloured = -1;
};

}  // namespace

TEST_CASE("a set of one's own may draw its pictures, of any size, and trains like one in memory") {
  const Ramps ramps(40);
  InMemoryDataset kept(ramps);
  std::vector<uint8_t> room;
  for (int64_t i = 0; i < ramps.size(); ++i) {
    const auto pixels = ramps.image(i, room).pixels;
    REQUIRE(pixels.size() == 64);
    kept.images.insert(kept.images.end(), pixels.begin(), pixels.end());
  }
  CHECK(kept.image(6)[5] == 30);  // 8 x 8: as it is
  CHECK(digest(ramps) == digest(kept));
  CHECK(nce::test::same_on_threads([&] { return digest(ramps); }));
  CHECK(pixel_statistics(ramps).mean == pixel_statistics(kept).mean);
  CHECK(to_tensor(ramps, 3, 9, {}).to_vector<float>() == to_tensor(kept, 3, 9, {}).to_vector<float>());
  const auto views = [](const Dataset& set, const Pipeline& list) {
    Loader loader(set, {.batch = 20, .views = list});
    loader.start_epoch(1);
    return loader.next()->views.to_vector<float>();
  };
  for (const auto& names : {std::vector<std::string>{}, {"flip", "jitter"}})
    CHECK(views(ramps, make_pipeline(names)) == views(kept, make_pipeline(names)));
  // A crop that comes first takes its part of the whole picture.
  CHECK(views(ramps, make_pipeline({"crop"})) != views(kept, make_pipeline({"crop"})));
}

TEST_CASE("an error of one picture names it") {
  Ramps ramps(20);
  std::vector<uint8_t> room;
  ramps.broken = 5;
  CHECK_THROWS_WITH_AS(ramps.image(5, room), "ramps: image 5 (five.png): there is no ink", Error);
  CHECK_THROWS_WITH_AS(pixel_statistics(ramps), "ramps: image 5 (five.png): there is no ink", Error);
  Loader loader(ramps, {.batch = 20});
  loader.start_epoch(0);
  CHECK_THROWS_WITH_AS(loader.next(), "ramps: image 5 (five.png): there is no ink", Error);
  ramps.coloured = 4;
  CHECK_THROWS_WITH_AS(ramps.image(4, room), "ramps: image 4: it has 3 channels, the set 1", Error);
}
