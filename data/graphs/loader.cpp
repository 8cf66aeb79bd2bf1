#include "nce/data/graphs/loader.h"

#include <optional>

#include "nce/core/error.h"
#include "nce/data/graphs/batch.h"

namespace nce::data {

GraphLoader::GraphLoader(const GraphDataset& data, GraphLoaderOptions options)
    : data_(data),
      options_(std::move(options)),
      order_({.name = data.name, .size = data.size(), .labels = data.labels, .batch = options_.batch},
             options_.seed, options_.drop_last || (options_.batch > 1 && data.size() % options_.batch == 1),
             options_.sampler),
      ring_(options_.prefetch, [this](int64_t step, ViewsOfGraphs& batch) { make(step, batch); }) {
  validate(data);
  check(options_.num_views >= 1, "loader: num_views must be at least 1, got {}", options_.num_views);
  check(!options_.views.empty(), "loader: no transforms to draw views from");
}

void GraphLoader::start_epoch(int64_t epoch, int64_t first_step) {
  check(epoch >= 0, "loader: there is no epoch {}", epoch);
  check(first_step >= 0 && first_step <= steps_per_epoch(), "loader: there is no step {} in an epoch of {}",
        first_step, steps_per_epoch());
  ring_.stop();
  epoch_ = epoch;
  order_.start(epoch);
  ring_.start(first_step, steps_per_epoch());
}

const ViewsOfGraphs* GraphLoader::next() {
  check(epoch_ >= 0, "loader: next() before the first start_epoch()");
  return ring_.next();
}

void GraphLoader::make(int64_t step, ViewsOfGraphs& batch) {
  const auto items = order_.batch(step);
  batch.step = step;
  batch.indices.assign(items.begin(), items.end());
  batch.labels.clear();
  for (const int g : items) batch.labels.push_back(data_.labels[size_t(g)]);
  const Key key = Key(options_.seed).fold(uint64_t(epoch_));
  std::vector<std::optional<Key>> keys;
  for (int64_t view = 0; view < options_.num_views; ++view)  // key.fold(2) is the key of the order
    keys.push_back(key.fold(uint64_t(view < 2 ? view : view + 1)));
  if (options_.anchor_plain) keys[0].reset();
  batch.views = augment_batch(data_, items, options_.views, keys, order_.numbers(step));
  batch.views.adjacency.transpose();  // made here, so that the backward pass need not wait for it
}

}  // namespace nce::data
