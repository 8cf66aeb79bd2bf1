#include "nce/data/sample.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace nce::data {

std::vector<int> stratified_sample(std::span<const int> labels, int64_t count, Key key) {
  std::vector<int> items(labels.size());
  std::iota(items.begin(), items.end(), 0);
  if (count >= int64_t(items.size())) return items;
  Random random(key);
  random.shuffle(items);
  // The items of each label get evenly spaced places in 0 .. 1, from a random start. Then the items with the lowest
  // places have all labels in proportion.
  struct Label {
    double size = 0, next = 0;
  };
  std::map<int, Label> all;
  for (const int label : labels) ++all[label].size;
  for (auto& [number, label] : all) label.next = random.uniform();
  std::vector<double> place(labels.size());
  for (const int item : items) {
    Label& label = all[labels[size_t(item)]];
    place[size_t(item)] = label.next++ / label.size;
  }
  std::stable_sort(items.begin(), items.end(), [&](int a, int b) { return place[size_t(a)] < place[size_t(b)]; });
  items.resize(size_t(std::max<int64_t>(count, 0)));
  std::sort(items.begin(), items.end());
  return items;
}

std::vector<int> sample_per_class(std::span<const int> labels, int64_t count, Key key) {
  std::vector<int> items(labels.size()), some;
  std::iota(items.begin(), items.end(), 0);
  Random random(key);
  random.shuffle(items);
  std::map<int, int64_t> taken;
  for (const int item : items)
    if (taken[labels[size_t(item)]]++ < count) some.push_back(item);
  std::sort(some.begin(), some.end());
  return some;
}

}  // namespace nce::data
