#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/random.h"

namespace nce::data {

/// Which items make which batch of an epoch: all `size` items, sorted or shuffled by (seed, epoch), cut into batches. It
/// knows positions only, so that images, graphs and vectors share it.
class Order {
 public:
  /// `drop_last` leaves out a last, smaller batch. `name` is for errors: no batch, or one larger than the data.
  Order(const std::string& name, int64_t size, int64_t batch, uint64_t seed, bool drop_last)
      : batch_(batch), seed_(seed), drop_last_(drop_last), order_(size_t(size)) {
    check(batch >= 1, "loader: a batch needs at least 1 item, got {}", batch);
    check(batch <= size, "loader: a batch of {} is larger than the data: {} has {} items", batch, name, size);
  }

  /// Batches in an epoch.
  int64_t steps() const {
    const int64_t size = int64_t(order_.size());
    return drop_last_ ? size / batch_ : (size + batch_ - 1) / batch_;
  }
  /// The order of the data.
  void sort() { std::iota(order_.begin(), order_.end(), 0); }
  /// Shuffles for an epoch. The order depends on the number of the epoch, not on the epochs before.
  void shuffle(int64_t epoch) {
    sort();
    Random(Key(seed_).fold(uint64_t(epoch)).fold(2)).shuffle(order_);
  }
  /// The items of a batch, `step` 0 .. steps() - 1.
  std::span<const int> batch(int64_t step) const {
    const int64_t begin = step * batch_, size = int64_t(order_.size());
    return std::span(order_).subspan(size_t(begin), size_t(std::min(batch_, size - begin)));
  }

 private:
  int64_t batch_;
  uint64_t seed_;
  bool drop_last_;
  std::vector<int> order_;
};

}  // namespace nce::data
