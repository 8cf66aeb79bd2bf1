#include "nce/data/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/core/number.h"
#include "nce/data/joined.h"
#include "nce/data/sample.h"
#include "nce/data/subset.h"

namespace nce::data {
namespace {

using Set = std::shared_ptr<const Dataset>;

Set subset(const Set& set, std::vector<int> items) { return std::make_shared<Subset>(set, std::move(items)); }

Set of_classes(const Set& set, const std::vector<int>& labels, const std::string& list) {
  std::vector<int> items;
  for (int i = 0; i < int(set->size()); ++i)
    if (std::find(labels.begin(), labels.end(), set->labels[size_t(i)]) != labels.end()) items.push_back(i);
  check(!items.empty() || set->size() == 0, "{}: classes {}: no image of {} has one of them", set->name, list,
        set->source.empty() ? "a split" : set->source);
  return subset(set, std::move(items));
}

std::vector<int> all_but(int64_t size, const std::vector<int>& items) {
  std::vector<int> all(static_cast<size_t>(size)), rest;
  std::iota(all.begin(), all.end(), 0);
  std::set_difference(all.begin(), all.end(), items.begin(), items.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

std::vector<int> labels_named(const std::string& list, const DatasetFacts& facts) {
  std::vector<int> labels;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    const auto name = std::find(facts.class_names.begin(), facts.class_names.end(), word);
    const auto number = number_in<int>(word);
    if (name != facts.class_names.end())
      labels.push_back(int(name - facts.class_names.begin()));
    else if (number && *number >= 0 && *number < facts.classes)
      labels.push_back(*number);
    else
      fail("{}: there is no class '{}'; {}", facts.name, word,
           facts.class_names.empty() ? fmt::format("they are 0 .. {}", facts.classes - 1)
                                     : offer(word, facts.class_names));
  }
  return labels;
}

Selected select(const Splits& splits, const Selection& selection, Key key) {
  Selected sets{.learn = {}, .train = splits.train, .validation = {}, .test = splits.test};
  const std::string& name = sets.train->name;
  check(
      !splits.unlabelled || (selection.classes.empty() && selection.per_class == 0),
      "{}: classes and per_class choose by labels, and some of its images have none; learn from those with labels "
      "alone",
      name);
  if (!selection.classes.empty()) {
    const std::vector<int> labels = labels_named(selection.classes, *sets.train);
    sets.train = of_classes(sets.train, labels, selection.classes);
    sets.test = of_classes(sets.test, labels, selection.classes);
  }
  if (selection.validation > 0) {
    const int64_t size = sets.train->size(), held_out = std::llround(selection.validation * double(size));
    check(held_out > 0 && held_out < size, "{}: validation {} of {} training images holds out {}", name,
          selection.validation, size, held_out == 0 ? "none" : "all");
    const std::vector<int> items = stratified_sample(sets.train->labels, held_out,
                                                     Key(uint64_t(selection.validation_seed)).fold(0x76616c6964));
    sets.validation = subset(sets.train, items);
    sets.train = subset(sets.train, all_but(size, items));
  }
  sets.learn = splits.unlabelled ? std::make_shared<Joined>(sets.train, splits.unlabelled) : sets.train;
  if (selection.per_class > 0)
    sets.learn =
        subset(sets.learn, sample_per_class(sets.learn->labels, selection.per_class, key.fold(0x65616368)));
  for (const int64_t count : {std::max<int64_t>(1, std::llround(selection.fraction * double(sets.learn->size()))),
                              selection.limit > 0 ? selection.limit : sets.learn->size()})
    if (count < sets.learn->size())
      sets.learn = subset(sets.learn, stratified_sample(sets.learn->labels, count, key.fold(0x6c696d6974)));
  return sets;
}

}  // namespace nce::data
