#include "nce/data/sample.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace nce;
using namespace nce::data;

namespace {

// Sorted by class, and of unequal sizes.
const std::vector<int> kLabels = [] {
  std::vector<int> labels(600, 3);
  labels.insert(labels.end(), 300, -7);
  labels.insert(labels.end(), 99, 1000000000);
  labels.push_back(5);
  return labels;
}();

}  // namespace

TEST_CASE("a stratified sample has each label's share, whatever the order of the data") {
  for (const int64_t count : {1, 10, 100, 333, 999})
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const std::vector<int> items = stratified_sample(kLabels, count, Key(seed));
      REQUIRE(int64_t(items.size()) == count);
      CHECK(std::is_sorted(items.begin(), items.end()));
      CHECK(std::set(items.begin(), items.end()).size() == items.size());
      for (const int label : {3, -7, 1000000000, 5}) {
        const auto is_it = [&](int item) { return kLabels[size_t(item)] == label; };
        const double got = double(std::count_if(items.begin(), items.end(), is_it));
        const double share = double(std::count(kLabels.begin(), kLabels.end(), label)) / double(kLabels.size());
        CHECK(std::abs(got - share * double(count)) <= 1.0 + 1.0 * (count < 10));
      }
    }
}

TEST_CASE("every item of a label is as likely in a stratified sample, and the key alone decides") {
  std::map<int, int> seen;
  for (uint64_t seed = 0; seed < 2000; ++seed)
    for (const int item : stratified_sample(kLabels, 100, Key(seed))) ++seen[item];
  for (int item = 0; item < 999; ++item) CHECK(std::abs(seen[item] - 200) < 5 * std::sqrt(200 * 0.9));
  CHECK(stratified_sample(kLabels, 100, Key(1)) == stratified_sample(kLabels, 100, Key(1)));
  CHECK(stratified_sample(kLabels, 100, Key(1)) != stratified_sample(kLabels, 100, Key(2)));
  CHECK(stratified_sample(kLabels, 5000, Key(1)).size() == 1000);
  CHECK(stratified_sample(kLabels, 0, Key(1)).empty());
}
