#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// Which items are in which batch of an epoch. A sampler draws items by (seed, epoch), and they are cut into batches.
/// Only positions and labels count, so it serves images, graphs and sentences.
class Order {
 public:
  /// `drop_last` leaves out a last, smaller batch. What `all` points to must outlive it. Errors: a batch size below 1,
  /// or larger than the data; those of the sampler.
  Order(Population all, uint64_t seed, bool drop_last, Sampler sampler = RandomSampler());

  /// Batches in an epoch.
  int64_t steps() const;
  /// Draws an epoch. The result depends on the number of the epoch, not on earlier epochs.
  void start(int64_t epoch);
  /// The items of a batch, `step` 0 .. steps() - 1.
  std::span<const int> batch(int64_t step) const { return part(std::span(items_), step); }
  /// A number for each item of a batch, for keys of random numbers: the item itself, or another number if the epoch
  /// drew the item before. So an item that occurs twice has different views.
  std::span<const uint64_t> numbers(int64_t step) const { return part(std::span(numbers_), step); }

 private:
  template <class T>
  std::span<const T> part(std::span<const T> all, int64_t step) const {
    const size_t begin = size_t(step * all_.batch);
    return all.subspan(begin, std::min(size_t(all_.batch), all.size() - begin));
  }

  Population all_;
  uint64_t seed_;
  bool drop_last_;
  Sampler sampler_;
  std::vector<int> items_;
  std::vector<uint64_t> numbers_;
};

}  // namespace nce::data
