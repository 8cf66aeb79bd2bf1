#include "nce/data/sets/glyphs.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/data/normalise.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::data;

namespace {

uint64_t fnv1a(const std::vector<uint8_t>& bytes) {
  uint64_t hash = 14695981039346656037u;
  for (uint8_t byte : bytes) hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

// Accuracy of the nearest training image, by the cosine of pixels.
double nearest_neighbour(const Dataset& train, const Dataset& test) {
  const auto rows = [](const Dataset& set) {
    return normalize(reshape(to_tensor(set, 0, set.size(), {}), {set.size(), -1}));
  };
  const std::vector<int> nearest = argmax(matmul(rows(test), t(rows(train))), 1);
  int right = 0;
  for (size_t i = 0; i < nearest.size(); ++i) right += train.labels[size_t(nearest[i])] == test.labels[i];
  return double(right) / double(test.size());
}

}  // namespace

TEST_CASE("the built-in digits have the same bytes in every run, on any number of threads") {
  const auto set = glyphs(Split::train, {.count = 1000});
  CHECK(set.size() == 1000);
  CHECK(set.height == 28);
  CHECK(set.width == 28);
  CHECK(set.channels == 1);
  CHECK(set.classes == 10);
  for (int digit = 0; digit < 10; ++digit) CHECK(std::count(set.labels.begin(), set.labels.end(), digit) == 100);
  CHECK(test::same_on_threads([] { return glyphs(Split::train, {.count = 1000}).images; }));
  CHECK(glyphs(Split::train, {.count = 1000}).images == set.images);
#if defined(__x86_64__)
  CHECK(fnv1a(set.images) == 1619374659018144399u);
#endif
  // A smaller set is the beginning of a larger one.
  const auto few = glyphs(Split::train, {.count = 10});
  CHECK(std::equal(few.images.begin(), few.images.end(), set.images.begin()));
  CHECK(glyphs(Split::test, {.count = 10}).images != few.images);
  CHECK(glyphs(Split::train, {.count = 10, .seed = 2}).images != few.images);
  CHECK(glyphs(Split::test).size() == 2000);
}

TEST_CASE("clean digits are told apart by their pixels, the built-in set by far not all") {
  const auto accuracy = [](double difficulty) {
    return nearest_neighbour(glyphs(Split::train, {.count = 1000, .difficulty = difficulty}),
                             glyphs(Split::test, {.count = 500, .difficulty = difficulty}));
  };
  CHECK(accuracy(0) == 1.0);
  const double built_in = accuracy(1);
  CHECK(built_in > 0.3);
  CHECK(built_in < 0.75);
}

TEST_CASE("options of the built-in digits outside their range are refused") {
  CHECK_THROWS_WITH_AS(glyphs(Split::train, {.count = -1}), "glyphs: there cannot be -1 images", Error);
  CHECK_THROWS_WITH_AS(glyphs(Split::train, {.difficulty = 2}), "glyphs: difficulty 2 is outside 0 .. 1.5", Error);
}
