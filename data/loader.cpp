#include "nce/data/loader.h"

#include "nce/core/error.h"
#include "nce/core/shape.h"

namespace nce::data {

Loader::Loader(const Dataset& data, LoaderOptions options)
    : data_(data),
      options_(std::move(options)),
      order_({.name = data.name, .size = data.size(), .labels = data.labels, .batch = options_.batch},
             options_.seed, options_.drop_last, options_.sampler),
      ring_(options_.prefetch, [this](int64_t step, Place& place) { make(step, place); }) {
  validate(data);
  options_.normalisation.check(data), options_.views.check(data);
  check(options_.num_views >= 1, "loader: num_views must be at least 1, got {}", options_.num_views);
  height_ = options_.views[0].height(data), width_ = options_.views[0].width(data);
  for (const Pipeline& list : options_.views.lists())
    check(list.height(data) == height_ && list.width(data) == width_, "loader: views of {} x {} and of {} x {}",
          height_, width_, list.height(data), list.width(data));
  for (Place& place : ring_.places()) {
    place.views = Tensor::empty({options_.num_views * options_.batch, height_, width_, data.channels});
    place.batch.indices.reserve(size_t(options_.batch)), place.batch.labels.reserve(size_t(options_.batch));
  }
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
  float* out = place.views.mutable_data<float>();
  for (int64_t view = 0; view < options_.num_views; ++view)  // key.fold(2) is that of the order
    augment_batch(data_, items, options_.normalisation, options_.views[view],
                  key.fold(uint64_t(view < 2 ? view : view + 1)),
                  out + view * n * height_ * width_ * data_.channels, order_.numbers(step));
  batch.views = n == options_.batch
                    ? place.views
                    : make_view(place.views, {options_.num_views * n, height_, width_, data_.channels},
                                place.views.strides(), 0);
  batch.labels.clear();
  for (int index : items) batch.labels.push_back(data_.labels[size_t(index)]);
}

}  // namespace nce::data
