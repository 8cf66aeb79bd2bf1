#include "nce/data/samplers/m_per_class.h"

#include <map>

#include "nce/core/error.h"

namespace nce::data {

std::vector<int> MPerClassSampler::operator()(const Population& all, Random& random) const {
  check_options("m_per_class", *this);
  check(!all.labels.empty(), "m_per_class: {} has no labels to draw by", all.name);
  check(all.batch % m == 0, "m_per_class: a batch of {} does not hold {} of each class: it must be a multiple of m",
        all.batch, m);
  std::map<int, std::vector<int>> members;
  for (size_t i = 0; i < all.labels.size(); ++i) members[all.labels[i]].push_back(int(i));
  const int64_t wanted = all.batch / m, classes = int64_t(members.size());
  int64_t enough = m;
  while (all.batch % enough != 0 || all.batch / enough > classes) ++enough;
  check(
      enough == m,
      "m_per_class: a batch of {} with {} of each class needs {} classes, {} has {}: take m = {}, or a batch of {}",
      all.batch, m, wanted, all.name, classes, enough, m * classes);

  struct Class {
    std::vector<int> items;
    size_t next = 0;
  };
  std::vector<Class> queues;
  for (auto& [label, items] : members) {
    random.shuffle(items);
    queues.push_back({std::move(items)});
  }
  std::vector<int> order;
  for (int64_t step = 0; step < all.size / all.batch; ++step)
    for (int64_t c = 0; c < wanted; ++c) {  // the first `wanted` places of a shuffle
      std::swap(queues[size_t(c)], queues[size_t(c) + random.below(uint32_t(classes - c))]);
      Class& drawn = queues[size_t(c)];
      for (int64_t k = 0; k < m; ++k) order.push_back(drawn.items[drawn.next++ % drawn.items.size()]);
    }
  return order;
}

}  // namespace nce::data
