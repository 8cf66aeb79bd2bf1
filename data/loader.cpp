#include "nce/data/loader.h"

#include "nce/core/error.h"
#include "nce/core/shape.h"

namespace nce::data {
namespace {

// The key of an epoch, folded with this number, is for the order. Other numbers are for views.
constexpr int64_t kOrder = 2;
constexpr uint64_t kLocal = 0x6c6f63616c;

}  // namespace

Loader::Loader(const Dataset& data, LoaderOptions options)
    : data_(data),
      options_(std::move(options)),
      order_({.name = data.name, .size = data.size(), .labels = data.labels, .batch = options_.batch},
             options_.seed, options_.drop_last, options_.sampler),
      ring_(options_.prefetch, [this](int64_t step, Place& place) { make(step, place); }) {
  validate(data);
  options_.normalisation.check(data), options_.views.check(data);
  check(options_.num_views >= 1, "loader: num_views must be at least 1, got {}", options_.num_views);
  check(options_.num_local_views >= 0, "loader: num_local_views must be 0 or more, got {}",
        options_.num_local_views);
  options_.local_views.check(data);
  const Shape size = size_of(options_.views[0], 0);
  for (const Pipeline& list : options_.views.lists())
    check(size_of(list, 0) == size, "loader: views of {} x {} and of {} x {}", size[1], size[2], list.height(data),
          list.width(data));
  for (Place& place : ring_.places()) {
    place.views = Tensor::empty(size_of(options_.views[0], options_.num_views * options_.batch));
    if (options_.num_local_views > 0)
      place.local_views = Tensor::empty(size_of(options_.local_views, options_.num_local_views * options_.batch));
    place.batch.indices.reserve(size_t(options_.batch)), place.batch.labels.reserve(size_t(options_.batch));
  }
}

Shape Loader::size_of(const Pipeline& list, int64_t count) const {
  return {count, list.height(data_), list.width(data_), data_.channels};
}

void Loader::start_epoch(int64_t epoch, int64_t first_step) {
  check(epoch >= 0, "loader: there is no epoch {}", epoch);
  check(first_step >= 0 && first_step <= steps_per_epoch(), "loader: there is no step {} in an epoch of {}",
        first_step, steps_per_epoch());
  ring_.stop();
  epoch_ = epoch;
  order_.start(epoch);
  ring_.start(first_step, steps_per_epoch());
}

const Batch* Loader::next() {
  check(epoch_ >= 0, "loader: next() before the first start_epoch()");
  const Place* place = ring_.next();
  return place ? &place->batch : nullptr;
}

void Loader::make(int64_t step, Place& place) {
  Batch& batch = place.batch;
  const auto items = order_.batch(step);
  const int64_t n = int64_t(items.size());
  batch.step = step;
  batch.indices.assign(items.begin(), items.end());
  const Key key = Key(options_.seed).fold(uint64_t(epoch_));
  std::vector<ViewOfBatch> made;
  const auto add = [&](const Pipeline& list, Key key, Tensor& full, int64_t place) {
    made.push_back({&list, key, full.mutable_data<float>() + place * n * (full.numel() / full.size(0))});
  };
  for (int64_t view = 0; view < options_.num_views; ++view)
    add(options_.views[view], key.fold(uint64_t(view < kOrder ? view : view + 1)), place.views, view);
  for (int64_t view = 0; view < options_.num_local_views; ++view)
    add(options_.local_views, key.fold(kLocal).fold(uint64_t(view)), place.local_views, view);
  augment_batch(data_, items, order_.numbers(step), options_.normalisation, made);
  const auto begin_of = [&](const Tensor& full, int64_t rows) {
    if (!full.defined() || rows == full.size(0)) return full;
    return make_view(full, {rows, full.size(1), full.size(2), full.size(3)}, full.strides(), 0);
  };
  batch.views = begin_of(place.views, options_.num_views * n);
  batch.local_views = begin_of(place.local_views, options_.num_local_views * n);
  batch.labels.clear();
  for (int index : items) batch.labels.push_back(data_.labels[size_t(index)]);
}

}  // namespace nce::data
