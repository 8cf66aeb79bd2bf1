#include "nce/data/order.h"

#include <utility>

#include "nce/core/error.h"

namespace nce::data {

Order::Order(Population all, uint64_t seed, bool drop_last, Sampler sampler)
    : all_(std::move(all)), seed_(seed), drop_last_(drop_last), sampler_(std::move(sampler)) {
  check(all_.batch >= 1, "loader: a batch needs at least 1 item, got {}", all_.batch);
  check(all_.batch <= all_.size, "loader: a batch of {} is larger than the data: {} has {} items", all_.batch,
        all_.name, all_.size);
  start(0);  // to see the errors of the sampler, and the length of an epoch
  check(steps() > 0, "loader: the sampler drew {} items, less than a batch of {}", items_.size(), all_.batch);
}

int64_t Order::steps() const {
  const int64_t drawn = int64_t(items_.size());
  return drop_last_ ? drawn / all_.batch : (drawn + all_.batch - 1) / all_.batch;
}

void Order::start(int64_t epoch) {
  const size_t before = items_.size();
  Random random(Key(seed_).fold(uint64_t(epoch)).fold(2));
  items_ = sampler_(all_, random);
  check(before == 0 || items_.size() == before,
        "loader: the sampler drew {} items for an epoch, and {} for another", before, items_.size());
  numbers_.clear();
  std::vector<uint64_t> times(size_t(all_.size), 0);
  for (const int item : items_) {
    check(item >= 0 && item < all_.size, "loader: the sampler drew item {}; {} has {} items", item, all_.name,
          all_.size);
    numbers_.push_back(uint64_t(item) + times[size_t(item)]++ * uint64_t(all_.size));
  }
}

}  // namespace nce::data
