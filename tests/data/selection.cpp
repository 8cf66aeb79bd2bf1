#include "nce/data/selection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "nce/core/error.h"
#include "support/idx.h"

using namespace nce;
using namespace nce::data;

namespace {

// Image i holds i; classes of 10, 20, 30 and 40 images, in a mixed order.
std::shared_ptr<const Dataset> numbered(int count, int classes, const char* source = "") {
  DatasetFacts facts{
      .name = "numbers", .height = 1, .width = 1, .channels = 1, .classes = classes, .source = source};
  std::vector<uint8_t> bytes;
  for (int i = 0; i < count; ++i) {
    const int tenth = 7 * i % 10;
    facts.labels.push_back(classes == 1 ? 0 : tenth < 1 ? 0 : tenth < 3 ? 1 : tenth < 6 ? 2 : 3);
    bytes.push_back(uint8_t(i));
  }
  if (classes == 4) facts.class_names = {"ant", "bee", "cat", "dog"};
  return std::make_shared<InMemoryDataset>(std::move(facts), std::move(bytes));
}

Splits numbers() { return {.train = numbered(100, 4), .test = numbered(50, 4, "FOLDER")}; }

// The numbers of the images.
std::set<int> items(const std::shared_ptr<const Dataset>& set) {
  std::set<int> all;
  std::vector<uint8_t> room;
  for (int64_t i = 0; i < set->size(); ++i) all.insert(set->image(i, room).pixels[0]);
  REQUIRE(int64_t(all.size()) == set->size());
  return all;
}

std::map<int, int> counts(const std::shared_ptr<const Dataset>& set) {
  std::map<int, int> all;
  for (const int label : set->labels) ++all[label];
  return all;
}

using Counts = std::map<int, int>;

}  // namespace

TEST_CASE("a validation split has its share of each label, and is chosen by its own seed alone") {
  const Selected sets = select(numbers(), {.validation = 0.2}, Key(1));
  CHECK(counts(sets.validation) == Counts{{0, 2}, {1, 4}, {2, 6}, {3, 8}});
  CHECK(counts(sets.train) == Counts{{0, 8}, {1, 16}, {2, 24}, {3, 32}});
  CHECK(items(sets.learn) == items(sets.train));
  std::set<int> all = items(sets.train);
  all.merge(items(sets.validation));
  CHECK(all.size() == 100);  // each image is in one of the two
  CHECK(sets.test->size() == 50);
  CHECK(items(select(numbers(), {.validation = 0.2}, Key(2)).validation) == items(sets.validation));
  CHECK(items(select(numbers(), {.validation_seed = 2, .validation = 0.2}, Key(1)).validation) !=
        items(sets.validation));
  CHECK(select(numbers(), {}, Key(1)).validation == nullptr);
  CHECK_THROWS_WITH_AS(select(numbers(), {.validation = 0.001}, Key(1)),
                       "numbers: validation 0.001 of 100 training images holds out none", Error);
  CHECK_THROWS_WITH_AS(select(numbers(), {.validation = 0.999}, Key(1)),
                       "numbers: validation 0.999 of 100 training images holds out all", Error);
}

TEST_CASE("what is learned from is a part of what is not held out") {
  const Selection validation{.validation = 0.5};
  const std::set<int> held_out = items(select(numbers(), validation, Key(1)).validation);
  const auto learn = [&](Selection selection, uint64_t seed = 1) {
    selection.validation = 0.5;
    const Selected sets = select(numbers(), selection, Key(seed));
    CHECK(items(sets.validation) == held_out);
    CHECK(sets.train->size() == 50);
    for (const int item : items(sets.learn)) CHECK(!held_out.contains(item));
    return sets.learn;
  };
  CHECK(counts(learn({.limit = 20})) == Counts{{0, 2}, {1, 4}, {2, 6}, {3, 8}});
  CHECK(items(learn({.fraction = 0.4})) == items(learn({.limit = 20})));  // one sample
  CHECK(items(learn({.limit = 20}, 2)) != items(learn({.limit = 20})));
  CHECK(counts(learn({.per_class = 7})) == Counts{{0, 5}, {1, 7}, {2, 7}, {3, 7}});
  CHECK(items(learn({.per_class = 7}, 2)) != items(learn({.per_class = 7})));
  CHECK(counts(learn({.per_class = 5, .fraction = 0.5})).size() == 4);
  CHECK(learn({.limit = 8, .per_class = 5, .fraction = 0.5})->size() == 8);
  CHECK(learn({.limit = 3000})->size() == 50);
  CHECK(learn({.fraction = 1e-9})->size() == 1);
}

TEST_CASE("classes are chosen by name or number, in training and in test images") {
  const Selected sets = select(numbers(), {.classes = "dog,0"}, Key(1));
  CHECK(counts(sets.train) == Counts{{0, 10}, {3, 40}});  // labels stay
  CHECK(counts(sets.test) == Counts{{0, 5}, {3, 20}});
  CHECK(sets.train->classes == 4);
  const DatasetFacts facts = *numbers().train;
  CHECK(labels_named("cat,3,ant", facts) == std::vector<int>{2, 3, 0});
  CHECK_THROWS_WITH_AS(labels_named("dgo", facts),
                       "numbers: there is no class 'dgo'; did you mean dog? There are ant, bee, cat, dog", Error);
  CHECK_THROWS_WITH_AS(labels_named("4", facts), "numbers: there is no class '4'; there are ant, bee, cat, dog",
                       Error);
  CHECK_THROWS_WITH_AS(labels_named("a", {.name = "x", .classes = 3}), "x: there is no class 'a'; they are 0 .. 2",
                       Error);
  Splits splits = numbers();
  splits.test = numbered(1, 4, "FOLDER");  // label 0
  CHECK_THROWS_WITH_AS(select(splits, {.classes = "bee"}, Key(1)),
                       "numbers: classes bee: no image of FOLDER has one of them", Error);
}

TEST_CASE("images without labels are learned from beside those that are not held out") {
  Splits splits = numbers();
  splits.unlabelled = numbered(200, 1);
  const Selected sets = select(splits, {.validation = 0.1}, Key(1));
  CHECK(sets.train->size() == 90);
  CHECK(sets.learn->size() == 290);
  CHECK(counts(sets.learn) == Counts{{0, 290}});
  CHECK(sets.learn->classes == 1);
  CHECK(sets.train->classes == 4);
  std::vector<uint8_t> room;
  CHECK(sets.learn->image(90, room).pixels[0] == 0);
  CHECK(sets.learn->image(289, room).pixels[0] == 199);
  CHECK(sets.learn->image(89, room).pixels[0] == sets.train->image(89, room).pixels[0]);
  CHECK(select(splits, {.limit = 100}, Key(1)).learn->size() == 100);
  CHECK_THROWS_WITH_AS(
      select(splits, {.per_class = 1}, Key(1)),
      "numbers: classes and per_class choose by labels, and some of its images have none; learn from "
      "those with labels alone",
      Error);
}
