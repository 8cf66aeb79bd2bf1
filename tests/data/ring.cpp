#include "nce/data/ring.h"

#include <doctest/doctest.h>

#include <string>

#include "nce/core/error.h"

using namespace nce;
using namespace nce::data;

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
