#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// Which items make which batch of an epoch: those that a sampler draws by (seed, epoch), cut into batches. It knows
/// positions and labels only, so that images, graphs and vectors share it.
class Order {
 public:
  /// `drop_last` leaves out a last, smaller batch. What `all` points to must outlive it. Errors: no batch, one that is
  /// larger than the data, what the sampler refuses.
  Order(Population all, uint64_t seed, bool drop_last, Sampler sampler = RandomSampler());

  /// Batches in an epoch.
  int64_t steps() const;
  /// Draws an epoch. What is drawn depends on the number of the epoch, not on the epochs before.
  void start(int64_t epoch);
  /// The items of a batch, `step` 0 .. steps() - 1.
  std::span<const int> batch(int64_t step) const { return part(std::span(items_), step); }
  /// A number for each item of a batch, to key random numbers with: the item itself, or another number where the epoch
  /// drew the item before. So the views of an item that comes twice differ.
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
